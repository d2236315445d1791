/// What goes back.
enum Answer: Sendable {
    case json(Int, JSON, type: String = "application/json", retryAfter: Int? = nil)
    case text(Int, String)
    /// The first lines of a stream that goes on, and after how many seconds it ends.
    case stream([String], seconds: Int)

    init(_ error: StatusError) {
        self = .json(error.code, error.body, retryAfter: error.retryAfter)
    }

    /// For a path that nobody has.
    static let noPage = Answer.text(404, "404 page not found\n")

    var status: Int {
        switch self {
        case .json(let status, _, _, _), .text(let status, _): status
        case .stream: 200
        }
    }
}

/// The `Status` with which the server says why it did not do something.
struct APIStatus: Decodable {
    struct Details: Decodable {
        struct Cause: Decodable {
            var reason: String?
            var message: String?
            var field: String?
        }

        var causes: [Cause]?
        var retryAfterSeconds: Int?
    }

    var kind: String?
    var reason: String?
    var message: String?
    var code: Int?
    var details: Details?
}

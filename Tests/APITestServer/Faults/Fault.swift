/// What goes wrong with a request.
package enum Fault: Sendable, Hashable {
    /// Answered with this status, and after how many seconds to try again.
    case status(Int, retryAfter: Int? = nil)
    /// The connection is closed before the answer; the request is not done.
    case drop
    /// The request is done, and the connection closed before the answer.
    case dropAfter
    /// Not looked at before `APITestServer.release`.
    case hold
    /// Not looked at before so many milliseconds have passed.
    case slow(milliseconds: Int)
    /// A watch's stream ends in the middle of a line after the first ones.
    case cut
}

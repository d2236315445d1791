/// The connection that a watch's lines go to. Any thread may call it; nothing is written at once, so
/// that what is sent under the server's lock keeps its order.
protocol WatchSink: AnyObject, Sendable {
    func send(_ line: String)
    /// Ends the stream as it should be; or after half a line, with the connection closed.
    func end(midLine: Bool)
}

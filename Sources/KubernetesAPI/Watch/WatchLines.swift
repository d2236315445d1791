internal import AsyncHTTPClient
internal import NIOCore

/// The lines of a watch's body, as they come. One task.
struct WatchLines {
    private var body: HTTPClientResponse.Body.AsyncIterator
    private var waiting: LineBuffer

    /// - Parameter limit: of a line, bytes.
    init(_ body: HTTPClientResponse.Body, limit: Int) {
        self.body = body.makeAsyncIterator()
        waiting = LineBuffer(limit: limit)
    }

    /// The next whole line, without its end; nil when the server has ended the body. What stands
    /// there without an end was cut off, and is dropped.
    mutating func next() async throws -> ArraySlice<UInt8>? {
        while true {
            if let line = try waiting.next() { return line }
            guard let part = try await body.next() else { return nil }
            waiting.append(part.readableBytesView)
        }
    }
}

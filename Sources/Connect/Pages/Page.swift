package import NIOCore
package import NIOHTTP1

/// An answer to a GET.
package struct Page: Sendable {
    package var status: HTTPResponseStatus
    package var headers: HTTPHeaders
    package var body: ByteBuffer

    package init(
        status: HTTPResponseStatus, headers: HTTPHeaders = ["content-type": "text/plain; charset=utf-8"],
        body: ByteBuffer = ByteBuffer()
    ) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Metrics in the text format.
    package static func metrics(_ text: MetricText) -> Page {
        Page(
            status: .ok, headers: ["content-type": "text/plain; version=0.0.4; charset=utf-8"],
            body: ByteBuffer(string: text.text))
    }

    /// All is well.
    package static var well: Page { .line(.ok, "ok") }

    /// One line of text.
    package static func line(_ status: HTTPResponseStatus, _ text: String) -> Page {
        Page(status: status, body: ByteBuffer(string: text + "\n"))
    }
}

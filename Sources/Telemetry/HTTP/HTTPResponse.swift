internal import Glibc

/// An answer, its body ready.
struct HTTPResponse {
    var status: HTTPStatus
    var contentType = "text/plain; charset=utf-8"
    let body: PageBuffer
    /// Whole lines without their ends.
    var fields: [String] = []

    init(_ status: HTTPStatus, text: String) {
        self.status = status
        body = PageBuffer(text + "\n")
    }

    init(contentType: String, body: PageBuffer) {
        status = .ok
        self.contentType = contentType
        self.body = body
    }

    init(_ refusal: HTTPRefusal) {
        self.init(refusal.status, text: refusal.reason)
        if refusal.status == .methodNotAllowed { fields = ["Allow: GET, HEAD"] }
        if refusal.status == .unauthorized { fields = ["WWW-Authenticate: Bearer"] }
    }

    func head(closes: Bool) -> [UInt8] {
        var lines = [
            "HTTP/1.1 \(status.rawValue) \(status.reason)", "Date: \(Self.date())",
            "Content-Type: \(contentType)", "Content-Length: \(body.count)",
            "Cache-Control: no-store", "X-Content-Type-Options: nosniff",
        ]
        lines += fields
        if closes { lines.append("Connection: close") }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    /// The time now as HTTP has it; the process's locale is C.
    private static func date() -> String {
        var now = time(nil)
        var parts = unsafe tm()
        unsafe gmtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 64)
        let count = unsafe strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
        return String(decoding: text.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

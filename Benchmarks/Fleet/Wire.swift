internal import Glibc

/// As much HTTP as two ends on one machine need.
enum Wire {
    /// All of it, or nothing more when the other end is gone.
    static func send(_ socket: CInt, _ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    socket, buffer.baseAddress! + sent, buffer.count - sent, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Appends what is there. - Returns: false at the end.
    static func receive(_ socket: CInt, _ bytes: inout [UInt8]) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = unsafe recv(socket, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        bytes += buffer.prefix(count)
        return true
    }

    /// Where a message's body begins and how long it is; nil until its head is whole.
    static func head(_ bytes: [UInt8]) -> (end: Int, length: Int)? {
        let text = String(decoding: bytes.prefix(8_192), as: UTF8.self)
        guard let blank = text.firstRange(of: "\r\n\r\n") else { return nil }
        let end = text.utf8.distance(from: text.startIndex, to: blank.upperBound)
        var length = 0
        for line in text[..<blank.lowerBound].split(separator: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "content-length" else { continue }
            length = Int(parts[1].drop { $0 == " " }) ?? 0
        }
        return (end, length)
    }

    /// Posts a form and takes the answer without looking at it. - Returns: bytes of its body.
    static func post(_ socket: CInt, _ path: String, _ form: String) throws -> Int {
        send(socket, Array("POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: \(form.utf8.count)\r\n\r\n\(form)".utf8))
        var pending: [UInt8] = []
        while true {
            if let head = head(pending) {
                var rest = head.length - (pending.count - head.end)
                var buffer = [UInt8](repeating: 0, count: 1 << 18)
                while rest > 0 {
                    let count = unsafe recv(socket, &buffer, buffer.count, 0)
                    guard count > 0 else { throw BenchError.last("recv", path) }
                    rest -= count
                }
                return head.length
            }
            guard receive(socket, &pending) else { throw BenchError.last("recv", path) }
        }
    }
}

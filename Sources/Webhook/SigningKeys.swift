internal import Crypto
internal import FoundationEssentials
internal import Glibc

/// Secrets that requests are signed with. Read from their files for each request, so that a changed
/// file counts at once and nothing has to be told.
package struct SigningKeys: Sendable {
    private let files: [String]
    /// HMAC-SHA256 has 256 bits; a shorter key is easier to guess than the signature.
    static let shortest = 32
    static let longest = 4_096

    package init(files: [String]) { self.files = files }

    /// `t=1732707000,v1=HEX`, with a `v1` for each key.
    ///
    /// What is signed is `t`, a dot, method, a blank, target (path and query), a newline, then the
    /// body: a signature is worth nothing for another time, address or body.
    package func signature(
        method: String, target: String, body: [UInt8], unixSeconds: Int64
    ) throws(WebhookError) -> String {
        var parts = ["t=\(unixSeconds)"]
        let message = Array("\(unixSeconds).\(method) \(target)\n".utf8) + body
        for file in files {
            let key = SymmetricKey(data: try Self.read(file))
            let code = HMAC<SHA256>.authenticationCode(for: message, using: key)
            parts.append("v1=" + code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
        }
        return parts.joined(separator: ",")
    }

    /// Blanks and newlines around the key do not belong to it: editors add them.
    private static func read(_ file: String) throws(WebhookError) -> [UInt8] {
        let descriptor = unsafe open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw WebhookError("\(file): \(unsafe String(cString: strerror(errno))); expected a file with the key")
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw WebhookError("\(file): no regular file; expected one with the key")
        }
        guard status.st_mode & S_IROTH == 0 else {
            throw WebhookError("\(file): every user can read it; chmod 640 it, or 600")
        }
        var bytes = [UInt8](repeating: 0, count: longest + 1)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
        }
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0d).contains($0) }
        let key = Array(bytes.prefix(max(0, count)).drop(while: isBlank).reversed().drop(while: isBlank).reversed())
        guard (shortest...longest).contains(key.count) else {
            throw WebhookError(
                "\(file): the key has \(key.count) bytes; expected \(shortest) to \(longest), such as what `openssl rand -hex 32` prints")
        }
        return key
    }
}

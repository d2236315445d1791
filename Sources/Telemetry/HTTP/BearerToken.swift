internal import Agent
internal import Glibc

/// What a client over TCP has to know (RFC 6750). A value; any thread.
///
/// Never shown: not in an error, not in a log, not by `config show`, which knows the file's name alone.
struct BearerToken: Sendable {
    private let bytes: [UInt8]
    /// Long enough that nobody guesses it at 20 requests a second.
    static let lengths = 16...512

    /// Reads a file that no other user can read. Blanks and line ends around the token are left out.
    init(file path: String) throws(AgentError) {
        // Not a pipe that nobody writes.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw .system("open", path) }
        defer { close(descriptor) }
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0 else { throw .system("fstat", path) }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            throw AgentError(.failed, "telemetry.token_file: \(path) is no file")
        }
        guard facts.st_mode & 0o007 == 0 else {
            let mode = String(facts.st_mode & 0o777, radix: 8)
            throw AgentError(
                .failed,
                "telemetry.token_file: \(path) has mode \(mode), and so every user may use the token: chmod 600 it and make another token"
            )
        }
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = unsafe read(descriptor, &buffer, buffer.count)
        guard count >= 0 else { throw .system("read", path) }
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0a, 0x0d]
        var text = buffer[..<count]
        while let first = text.first, blanks.contains(first) { text.removeFirst() }
        while let last = text.last, blanks.contains(last) { text.removeLast() }
        guard Self.lengths.contains(text.count), text.allSatisfy(Self.isAllowed) else {
            throw AgentError(
                .failed,
                "telemetry.token_file: \(path) has no token; expected \(Self.lengths.lowerBound) to \(Self.lengths.upperBound) letters, digits or - . _ ~ + / =, such as `openssl rand -hex 32` makes"
            )
        }
        bytes = Array(text)
    }

    /// Whether an `Authorization` has it. Takes as long for a wrong one as for the right one of its length.
    func isIn(_ authorization: String?) -> Bool {
        guard let authorization else { return false }
        let words = authorization.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return false }
        let given = Array(words[1].utf8)
        guard given.count == bytes.count else { return false }
        var difference: UInt8 = 0
        for index in bytes.indices { difference |= bytes[index] ^ given[index] }
        return difference == 0
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: "-._~+/=".utf8.contains(byte)
        }
    }
}

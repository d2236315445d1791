internal import Glibc

/// An address that only this host reaches: 127.0.0.0/8 or ::1, and a port.
///
/// What is told over it names every workload of the node, and nobody is asked who they are; so no
/// other address is taken.
package struct LoopbackAddress: Sendable, Hashable, CustomStringConvertible {
    /// The bytes of the address in network order: 4 or 16.
    let bytes: [UInt8]
    /// 0 only in tests: the kernel chooses one.
    package let port: UInt16

    package static let expected = "127.0.0.1:PORT or [::1]:PORT, such as 127.0.0.1:9417"

    package enum Refusal: Error, Hashable, Sendable {
        case notAnAddress
        case notLoopback
    }

    /// Reads `127.0.0.1:9417` or `[::1]:9417`.
    package init(_ text: String) throws(Refusal) {
        guard let colon = text.lastIndex(of: ":"),
            let port = Self.port(text[text.index(after: colon)...])
        else { throw .notAnAddress }
        let host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            bytes = try Self.parse(String(host.dropFirst().dropLast()), AF_INET6, count: 16)
            guard bytes == [UInt8](repeating: 0, count: 15) + [1] else { throw .notLoopback }
        } else if host.isEmpty || host == "*" {
            throw .notLoopback
        } else {
            bytes = try Self.parse(host, AF_INET, count: 4)
            guard bytes[0] == 127 else { throw .notLoopback }
        }
        self.port = port
    }

    init(anyPortOf bytes: [UInt8]) { (self.bytes, port) = (bytes, 0) }

    package var description: String {
        bytes.count == 16
            ? "[::1]:\(port)" : bytes.map(String.init).joined(separator: ".") + ":\(port)"
    }

    /// 1 to 65535 in plain digits.
    private static func port(_ text: Substring) -> UInt16? {
        guard (1...5).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = UInt16(text), port > 0
        else { return nil }
        return port
    }

    private static func parse(
        _ text: String,
        _ family: CInt,
        count: Int
    ) throws(Refusal) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard unsafe inet_pton(family, text, &bytes) == 1 else { throw .notAnAddress }
        return bytes
    }
}

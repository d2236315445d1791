/// A request as it came in, for tests to look at. Without the token.
package struct ReceivedRequest: Sendable {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; for paths
    /// that are no objects' the method in small letters.
    package internal(set) var verb: String
    package let method: String
    /// Without the query, decoded.
    package let path: String
    package let query: [String: String]
    /// Names in small letters; without `authorization`.
    package let headers: [String: String]
    package let body: String
    /// Whose token it had; nil for nobody's and for a wrong one.
    package internal(set) var user: String?
    /// What it was answered with; 0 before, and when the connection was closed instead.
    package internal(set) var status = 0
    var token: String?

    /// The body; `.null` when there is none.
    package var json: JSON {
        body.isEmpty ? .null : (try? JSONReader.read(Array(body.utf8)).value) ?? .null
    }

    init(method: String, target: String, headers: [(String, String)], body: String) {
        self.method = method
        let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
        path = Self.decoded(parts.first ?? "/")
        query =
            parts.count < 2
            ? [:]
            : Dictionary(
                parts[1].split(separator: "&").map { pair in
                    let sides = pair.split(separator: "=", maxSplits: 1).map { Self.decoded(String($0).replacing("+", with: " ")) }
                    return (sides[0], sides.count > 1 ? sides[1] : "")
                }
            ) { $1 }
        var all: [String: String] = [:]
        for (name, value) in headers { all[name.lowercased()] = value }
        if let authorization = all.removeValue(forKey: "authorization"), authorization.hasPrefix("Bearer ") {
            token = String(authorization.dropFirst("Bearer ".count))
        }
        self.headers = all
        self.body = body
        verb = method.lowercased()
    }

    private static func decoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

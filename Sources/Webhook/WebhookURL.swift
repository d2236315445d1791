internal import Connect
internal import FoundationEssentials

/// The address of a service: https, or http on this host itself.
package struct WebhookURL: Sendable, Hashable, CustomStringConvertible {
    /// `https://host:port`
    let origin: String
    /// Path and query, from its slash on: what is signed.
    let target: String

    /// `allowsPlainHTTP` also to other hosts, where anyone on the way reads and changes it.
    package init(_ text: String, allowsPlainHTTP: Bool = false) throws(WebhookError) {
        func refusal(_ reason: String) -> WebhookError { WebhookError("\"\(URLText.withoutUser(text))\": \(reason)") }
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), let host = url.host, !host.isEmpty
        else { throw refusal("no URL; expected one such as https://capacity.example.com/headroom") }
        guard url.user == nil, url.password == nil, !URLText.namesUser(text) else {
            throw refusal("names a user; requests are signed with a key file instead")
        }
        switch scheme {
        case "https": break
        case "http":
            guard allowsPlainHTTP || URLText.isLoopback(host: host) else {
                throw refusal("http to another host is neither private nor safe from changes; expected https, or --insecure-http")
            }
        default: throw refusal("expected https")
        }
        let name = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        let port = url.port.map { ":\($0)" } ?? ""
        origin = "\(scheme)://\(name)\(port)"
        let path = url.path(percentEncoded: true)
        target = (path.isEmpty ? "/" : path) + (url.query(percentEncoded: true).map { "?\($0)" } ?? "")
    }

    private init(origin: String, target: String) {
        self.origin = origin
        self.target = target
    }

    /// An address that the service gave, which has to be its own: a signed request goes to nobody else.
    func resolving(_ text: String) throws(WebhookError) -> WebhookURL {
        if text.hasPrefix("/"), !text.hasPrefix("//") { return WebhookURL(origin: origin, target: text) }
        let other = try WebhookURL(text, allowsPlainHTTP: origin.hasPrefix("http:"))
        guard other.origin == origin else {
            throw WebhookError("\"\(URLText.withoutUser(text))\" is not at \(origin); expected a path there")
        }
        return other
    }

    /// With `name=value` added to the query.
    func adding(_ items: [(String, String)]) -> WebhookURL {
        let more = items.map { "\($0)=\(Self.escaped($1))" }.joined(separator: "&")
        return WebhookURL(origin: origin, target: target + (target.contains("?") ? "&" : "?") + more)
    }

    private static func escaped(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            let character = Character(UnicodeScalar(byte))
            if byte < 0x80, character.isLetter || character.isNumber || "-._~".contains(character) {
                result.append(character)
            } else {
                result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }

    package var description: String { origin + target }
}

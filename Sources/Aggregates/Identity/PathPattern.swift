/// A piece of a cgroup path with places for what varies.
///
/// Components are separated by `/`. In one, literals and places stand in turn; `*` at its
/// beginning stands for any text, also none.
///
/// | place | stands for |
/// |---|---|
/// | `<id>` | 64 lower-case hexadecimal digits |
/// | `<uid>` | a UUID with `-` or systemd's `_`, or 32 such digits (a static pod) |
/// | `<qos>` | `burstable` or `besteffort` |
/// | `<name>` | anything |
/// | `<task>` | an ECS task: a UUID or 32 hexadecimal digits |
/// | `<alloc>` | a Nomad allocation and task: a UUID, a dot, anything |
/// | `<ref>` | 25 characters of `0-9a-z` |
/// | `<handle>` | 16 or more characters of `0-9a-f-` |
/// | `<user>`, `<session>` | digits; letters and digits |
///
/// `<name>`, `<alloc>`, `<handle>` and the last two reach up to the component's last literal.
struct PathPattern: Sendable {
    enum Place: String, Sendable {
        case id, uid, qos, name, task, alloc, ref, handle, user, session
    }

    private enum Piece {
        case literal([UInt8])
        case place(Place)
    }

    private struct Component {
        let isOpen: Bool
        let pieces: [Piece]
        /// What a match begins with, to pass over most of the table at a glance; nil for a place.
        let first: UInt8?

        init(isOpen: Bool, pieces: [Piece]) {
            self.isOpen = isOpen
            self.pieces = pieces
            if case .literal(let text)? = pieces.first { first = text.first } else { first = nil }
        }
    }

    /// Where the places lie in the path.
    struct Captures {
        var id: Range<Int>?
        var uid: Range<Int>?
        var qos: Range<Int>?
        var name: Range<Int>?
    }

    /// As it stands in the table.
    let text: String
    private let components: [Component]

    /// Components of a path that it covers.
    var count: Int { components.count }

    /// - Precondition: the text is in the language above.
    init(_ text: StaticString) {
        self.text = text.description
        components = text.description.split(separator: "/").map { component in
            let isOpen = component.first == "*"
            var pieces: [Piece] = []
            var rest = isOpen ? component.dropFirst() : component
            while let open = rest.firstIndex(of: "<"), let close = rest.firstIndex(of: ">") {
                if open > rest.startIndex { pieces.append(.literal(Array(rest[..<open].utf8))) }
                let word = String(rest[rest.index(after: open)..<close])
                guard let place = Place(rawValue: word) else {
                    preconditionFailure("\(text): unknown place <\(word)>")
                }
                pieces.append(.place(place))
                rest = rest[rest.index(after: close)...]
            }
            if !rest.isEmpty { pieces.append(.literal(Array(rest.utf8))) }
            return Component(isOpen: isOpen, pieces: pieces)
        }
    }

    /// Whether the first components fit, from their first byte to their last.
    /// Complexity: O(bytes), with `*` O(bytes · pattern).
    func match(_ path: [UInt8], _ parts: ArraySlice<Range<Int>>) -> Captures? {
        guard parts.count >= components.count else { return nil }
        var captures = Captures()
        for index in components.indices {
            let part = parts[parts.startIndex + index]
            guard Self.match(components[index], path, part, &captures) else { return nil }
        }
        return captures
    }

    private static func match(
        _ component: Component, _ path: [UInt8], _ part: Range<Int>, _ captures: inout Captures
    ) -> Bool {
        for start in part {
            if component.first == nil || path[start] == component.first,
                match(component.pieces, path, start..<part.upperBound, &captures)
            {
                return true
            }
            if !component.isOpen { return false }
        }
        return false
    }

    private static func match(
        _ pieces: [Piece], _ path: [UInt8], _ range: Range<Int>, _ captures: inout Captures
    ) -> Bool {
        var found = captures
        var at = range.lowerBound
        for (index, piece) in pieces.enumerated() {
            let rest = path[at..<range.upperBound]
            switch piece {
            case .literal(let text):
                guard rest.starts(with: text) else { return false }
                at += text.count
            case .place(let place):
                var tail = 0
                if index + 1 < pieces.count, case .literal(let text) = pieces[index + 1] {
                    tail = text.count
                }
                guard let length = place.length(rest, tail: tail) else { return false }
                found.set(place, at..<at + length)
                at += length
            }
        }
        guard at == range.upperBound else { return false }
        captures = found
        return true
    }
}

extension PathPattern.Captures {
    fileprivate mutating func set(_ place: PathPattern.Place, _ range: Range<Int>) {
        switch place {
        case .id: id = range
        case .uid: uid = range
        case .qos: qos = range
        case .name, .task, .alloc, .ref, .handle: name = range
        case .user, .session: break
        }
    }
}

extension PathPattern.Place {
    /// Bytes that this place takes of `text`, of which the last `tail` are a literal's; nil when
    /// none will do.
    fileprivate func length(_ text: ArraySlice<UInt8>, tail: Int) -> Int? {
        func rest(_ minimum: Int = 1, _ isAllowed: (UInt8) -> Bool) -> Int? {
            let length = text.count - tail
            return length >= minimum && text.prefix(length).allSatisfy(isAllowed) ? length : nil
        }
        switch self {
        case .id: return text.count >= 64 && text.prefix(64).allSatisfy(isHex) ? 64 : nil
        case .uid, .task:
            if isUUID(text.prefix(36)) { return 36 }
            return text.count >= 32 && text.prefix(32).allSatisfy(isHex) ? 32 : nil
        case .qos:
            return [QoSClass.burstable, .besteffort].map(\.rawValue.utf8)
                .first { text.starts(with: $0) }?.count
        case .name: return rest { _ in true }
        case .alloc:
            let dot = text.dropFirst(36).first
            return isUUID(text.prefix(36)) && dot == UInt8(ascii: ".") ? rest(38) { _ in true } : nil
        case .ref:
            let ref = text.prefix(25)
            return ref.count == 25 && ref.allSatisfy { isDigit($0) || isLetter($0) } ? 25 : nil
        case .handle: return rest(16) { isHex($0) || $0 == UInt8(ascii: "-") }
        case .user: return rest { isDigit($0) }
        case .session: return rest { isDigit($0) || isLetter($0) }
        }
    }
}

private func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}

private func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
}

private func isHex(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
}

/// 8-4-4-4-12 digits with one kind of separator, `-` or `_`.
private func isUUID(_ text: ArraySlice<UInt8>) -> Bool {
    guard text.count == 36 else { return false }
    let separator = text[text.startIndex + 8]
    guard separator == UInt8(ascii: "-") || separator == UInt8(ascii: "_") else { return false }
    return text.enumerated().allSatisfy { offset, byte in
        [8, 13, 18, 23].contains(offset) ? byte == separator : isHex(byte)
    }
}

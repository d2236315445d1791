/// Bytes from a terminal as keys. Sequences may come in pieces.
///
/// Understands what xterm, tmux, screen, PuTTY, rxvt and the Linux console send. Escape by itself
/// cannot be told from the begin of a sequence: when nothing follows it for a while, the caller
/// says so with `giveUp`.
package struct KeyDecoder {
    private var pending: [UInt8] = []

    package init() {}

    /// The begin of a sequence has come and its end has not.
    package var isWaiting: Bool { !pending.isEmpty }

    /// - Complexity: O(bytes).
    package mutating func decode(_ bytes: some Sequence<UInt8>) -> [Key] {
        pending.append(contentsOf: bytes)
        var keys: [Key] = []
        var at = 0
        while at < pending.count {
            guard let (key, length) = Self.next(pending[at...]) else { break }
            keys.append(key)
            at += length
        }
        pending.removeFirst(at)
        return keys
    }

    /// Nothing more came: what waits is Escape, or not a key.
    package mutating func giveUp() -> [Key] {
        guard let first = pending.first else { return [] }
        let isAlone = pending.count == 1
        pending.removeAll()
        return first == 0x1b && isAlone ? [.escape] : [.unknown]
    }

    /// The first key and how many bytes it took; nil when it is not all there.
    private static func next(_ bytes: ArraySlice<UInt8>) -> (Key, Int)? {
        let first = bytes[bytes.startIndex]
        switch first {
        case 0x1b: return sequence(bytes)
        case 0x0d, 0x0a: return (.enter, 1)
        case 0x09: return (.tab, 1)
        case 0x7f, 0x08: return (.backspace, 1)
        case 0x01...0x1a: return (.control(Unicode.Scalar(first + 0x60)), 1)
        case 0x20..<0x7f: return (.character(Unicode.Scalar(first)), 1)
        case 0xc2...0xf4: return character(bytes)
        default: return (.unknown, 1)
        }
    }

    private static func character(_ bytes: ArraySlice<UInt8>) -> (Key, Int)? {
        let first = bytes[bytes.startIndex]
        let length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
        let continuing = bytes.dropFirst().prefix(length - 1)
        // One that another character interrupts is not waited for.
        if let bad = continuing.firstIndex(where: { $0 & 0xc0 != 0x80 }) {
            return (.unknown, bad - bytes.startIndex)
        }
        guard continuing.count == length - 1 else { return nil }
        let text = String(decoding: bytes.prefix(length), as: UTF8.self)
        guard let scalar = text.unicodeScalars.first, scalar != "\u{fffd}" else {
            return (.unknown, length)
        }
        return (.character(scalar), length)
    }

    private static let longest = 32

    private static func sequence(_ bytes: ArraySlice<UInt8>) -> (Key, Int)? {
        let rest = bytes.dropFirst()
        guard let kind = rest.first else { return nil }
        switch kind {
        case UInt8(ascii: "["): return control(bytes)
        case UInt8(ascii: "O"):
            guard let final = rest.dropFirst().first else { return nil }
            return (single(final) ?? .unknown, 3)
        // Two Escapes: the first is one.
        case 0x1b: return (.escape, 1)
        // Alt with a key.
        default: return (.unknown, 2)
        }
    }

    /// `ESC [ parameters final`.
    private static func control(_ bytes: ArraySlice<UInt8>) -> (Key, Int)? {
        var at = bytes.startIndex + 2
        // The Linux console's F1 to F5 are ESC [ [ A to E.
        if at < bytes.endIndex, bytes[at] == UInt8(ascii: "[") {
            guard at + 1 < bytes.endIndex else { return nil }
            let number = Int(bytes[at + 1]) - 0x40
            return ((1...5).contains(number) ? .function(number) : .unknown, 4)
        }
        let parameters = at
        while at < bytes.endIndex, (0x20...0x3f).contains(bytes[at]) { at += 1 }
        let length = at - bytes.startIndex
        guard at < bytes.endIndex else { return length > longest ? (.unknown, length) : nil }
        guard (0x40...0x7e).contains(bytes[at]) else { return (.unknown, length) }
        guard bytes[at] == UInt8(ascii: "~") else { return (single(bytes[at]) ?? .unknown, length + 1) }
        let digits = bytes[parameters..<at].prefix { (0x30...0x39).contains($0) }
        return (numbered(Int(String(decoding: digits, as: UTF8.self)) ?? 0), length + 1)
    }

    private static func single(_ final: UInt8) -> Key? {
        switch final {
        case UInt8(ascii: "A"): .up
        case UInt8(ascii: "B"): .down
        case UInt8(ascii: "C"): .right
        case UInt8(ascii: "D"): .left
        case UInt8(ascii: "H"): .home
        case UInt8(ascii: "F"): .end
        case UInt8(ascii: "Z"): .backTab
        case UInt8(ascii: "M"): .enter
        case UInt8(ascii: "P")...UInt8(ascii: "S"): .function(Int(final) - 0x4f)
        default: nil
        }
    }

    private static func numbered(_ number: Int) -> Key {
        switch number {
        case 1, 7: .home
        case 2: .insert
        case 3: .delete
        case 4, 8: .end
        case 5: .pageUp
        case 6: .pageDown
        case 11...15: .function(number - 10)
        case 17...21: .function(number - 11)
        case 23, 24: .function(number - 12)
        default: .unknown
        }
    }
}

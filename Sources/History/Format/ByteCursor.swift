internal import Forecast

/// Reads what `ByteBuilder` wrote. Trusts nothing: `nil` where there is no such thing.
struct ByteCursor {
    private let bytes: [UInt8]
    private(set) var position: Int
    private let end: Int

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { position == end }

    mutating func number() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end {
            let byte = bytes[position]
            position += 1
            // The tenth byte has room for one bit.
            if shift == 63, byte > 1 { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
            if shift > 63 { return nil }
        }
        return nil
    }

    mutating func number(upTo limit: UInt64) -> Int? {
        guard let value = number(), value <= limit else { return nil }
        return Int(value)
    }

    /// Nanoseconds, Unix or between two times.
    mutating func time() -> UInt64? {
        guard let value = number(), value < HistoryNames.timeLimit else { return nil }
        return value
    }

    mutating func signed() -> Int64? {
        guard let value = number() else { return nil }
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func float() -> Float? {
        guard let bits = number(upTo: UInt64(UInt32.max)) else { return nil }
        return Float(bitPattern: UInt32(bits))
    }

    mutating func text(limit: UInt64 = 65_536) -> String? {
        guard let raw = raw(limit: limit) else { return nil }
        return String(decoding: raw, as: UTF8.self)
    }

    mutating func raw(limit: UInt64) -> ArraySlice<UInt8>? {
        guard let count = number(upTo: limit), end - position >= count else { return nil }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func rest() -> ArraySlice<UInt8> {
        defer { position = end }
        return bytes[position..<end]
    }
}

/// The frames of a file's bytes, up to the first that is torn or damaged.
struct FrameCursor {
    private let bytes: [UInt8]
    /// Where the next frame begins: after the last whole one.
    private(set) var position: Int
    /// What stopped it; nil at the file's end.
    private(set) var damage: String?
    /// That the file ends there, within a frame.
    private(set) var isCut = false

    init(_ bytes: [UInt8], from start: Int) {
        self.bytes = bytes
        position = start
    }

    mutating func next() -> (kind: FrameKind, payload: ByteCursor)? {
        guard damage == nil, position < bytes.count else { return nil }
        guard bytes.count - position >= FrameKind.headBytes + FrameKind.tailBytes else { return cut() }
        guard let kind = FrameKind(rawValue: bytes[position]) else { return stop("a frame of unknown kind \(bytes[position])") }
        let length = Int(word(at: position + 1))
        guard length <= FrameKind.payloadLimit else { return stop("a frame of impossible length \(length)") }
        let tail = position + FrameKind.headBytes + length
        guard tail + FrameKind.tailBytes <= bytes.count else { return cut() }
        var checksum = Checksum32()
        checksum.add(bytes[position..<tail])
        guard checksum.value == word(at: tail) else { return stop("a frame with a wrong checksum") }
        defer { position = tail + FrameKind.tailBytes }
        return (kind, ByteCursor(bytes, position + FrameKind.headBytes..<tail))
    }

    private mutating func cut() -> (kind: FrameKind, payload: ByteCursor)? {
        isCut = true
        return stop("ends within a frame")
    }

    private mutating func stop(_ problem: String) -> (kind: FrameKind, payload: ByteCursor)? {
        damage = "\(problem) at byte \(position)"
        return nil
    }

    private func word(at index: Int) -> UInt32 {
        UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16
            | UInt32(bytes[index + 3]) << 24
    }
}

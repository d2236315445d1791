internal import Forecast

/// Bytes of frames: numbers as LEB128, text with its length before it.
struct ByteBuilder: Sendable {
    private(set) var bytes: [UInt8] = []

    var isEmpty: Bool { bytes.isEmpty }

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    mutating func append(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Small where the number is near 0 ("zigzag").
    mutating func append(signed value: Int64) {
        append(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    mutating func append(_ text: String) {
        append(UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func append(_ value: Float) { append(UInt64(value.bitPattern)) }

    mutating func append(raw: some Sequence<UInt8>) { bytes.append(contentsOf: raw) }

    // MARK: Frames

    /// A frame: its kind (1 byte), the payload's length (4), the payload that `body` appends, and the CRC-32 of
    /// all of these (4), little-endian.
    mutating func frame(_ kind: FrameKind, _ body: (inout ByteBuilder) -> Void) {
        let start = bytes.count
        bytes.append(kind.rawValue)
        bytes.appendLittleEndian(UInt32(0))
        body(&self)
        let length = UInt32(bytes.count - start - FrameKind.headBytes)
        for byte in 0..<4 { bytes[start + 1 + byte] = UInt8(truncatingIfNeeded: length >> (8 * UInt32(byte))) }
        var checksum = Checksum32()
        checksum.add(bytes[start...])
        bytes.appendLittleEndian(checksum.value)
    }
}

/// What a frame of a history file is about.
enum FrameKind: UInt8, Sendable {
    /// What was recorded and how; the first of every file.
    case header = 1
    /// Who a number is from here on.
    case cgroup
    /// What a plan's number is from here on.
    case plan
    /// One window of all cgroups.
    case window
    /// A minute of all cgroups.
    case minute
    /// A minute of one plan.
    case planMinute
    /// A minute of the agent itself.
    case agentMinute
    /// An event, request, loss or plan with its reasons, as a JSON line.
    case line

    static let headBytes = 5
    static let tailBytes = 4
    static let payloadLimit = 16 << 20
}

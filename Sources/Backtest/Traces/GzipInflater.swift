internal import Forecast

/// Decompresses gzip (RFC 1952 and 1951) as a stream, in constant memory, checksums included.
///
/// In Swift so that reading a trace links nothing: the backtest needs some tens of megabytes a
/// second, not zlib's hundreds. Members that follow one another are one text. Whatever is wrong
/// with the file throws; nothing in it can make this read or write out of bounds.
struct GzipInflater {
    private enum Stage {
        case header, block
        case stored(Int)
        case codes(HuffmanTable, HuffmanTable)
        case trailer, end
    }

    private static let windowSize = 32_768
    private static let fixedTables: (HuffmanTable, HuffmanTable) = {
        var lengths = [UInt8](repeating: 8, count: 288)
        for symbol in 144..<256 { lengths[symbol] = 9 }
        for symbol in 256..<280 { lengths[symbol] = 7 }
        let distances = [UInt8](repeating: 5, count: 32)
        return (HuffmanTable(lengths: lengths[...])!, HuffmanTable(lengths: distances[...])!)
    }()
    private static let lengthBases: [Int] = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115,
        131, 163, 195, 227, 258,
    ]
    private static let lengthBits: [Int] = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    private static let distanceBases: [Int] = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1_025,
        1_537, 2_049, 3_073, 4_097, 6_145, 8_193, 12_289, 16_385, 24_577,
    ]
    /// Order in which the lengths of the code length code come.
    private static let codeLengthOrder: [Int] = [
        16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
    ]

    private var stage = Stage.header
    private var isLastBlock = false
    private var bits: UInt64 = 0
    private var bitCount = 0
    /// Bits of zeros that were added behind the end of the file, and may not be used.
    private var madeUp = 0
    private var window = [UInt8](repeating: 0, count: windowSize)
    /// Bytes of this member so far.
    private var written = 0
    private var checksum = Checksum32()

    /// The next decompressed bytes; empty at the end.
    mutating func take(
        from source: inout ByteSource,
        into output: inout [UInt8]
    ) throws(TraceError) {
        output.removeAll(keepingCapacity: true)
        while output.isEmpty {
            switch stage {
            case .header: try header(&source)
            case .block: try block(&source)
            case .stored(let left): try stored(left, &source, &output)
            case .codes(let symbols, let distances):
                try codes(symbols, distances, &source, &output)
            case .trailer: try trailer(&source)
            case .end: return
            }
        }
        checksum.add(output[...])
    }

    private mutating func header(_ source: inout ByteSource) throws(TraceError) {
        let fixed = try [
            take(8, &source), take(8, &source), take(8, &source), take(8, &source),
        ]
        guard fixed[0] == 0x1F, fixed[1] == 0x8B else {
            throw Self.damaged(source, "what follows is not gzip")
        }
        guard fixed[2] == 8, fixed[3] & 0xE0 == 0 else {
            throw Self.damaged(source, "the compression is not deflate")
        }
        for _ in 0..<6 { _ = try take(8, &source) }
        let flags = fixed[3]
        if flags & 4 != 0 {
            let low = try take(8, &source)
            let count = low | (try take(8, &source)) << 8
            for _ in 0..<count { _ = try take(8, &source) }
        }
        if flags & 8 != 0 { while try take(8, &source) != 0 {} }
        if flags & 16 != 0 { while try take(8, &source) != 0 {} }
        if flags & 2 != 0 { _ = try take(16, &source) }
        checksum = Checksum32()
        written = 0
        stage = .block
    }

    private mutating func block(_ source: inout ByteSource) throws(TraceError) {
        isLastBlock = try take(1, &source) == 1
        switch try take(2, &source) {
        case 0:
            _ = try take(bitCount % 8, &source)
            let count = try take(16, &source)
            guard try take(16, &source) ^ 0xFFFF == count else {
                throw Self.damaged(source, "a stored block's length is wrong")
            }
            stage = count > 0 ? .stored(count) : afterBlock
        case 1: stage = .codes(Self.fixedTables.0, Self.fixedTables.1)
        case 2: try dynamicTables(&source)
        default: throw Self.damaged(source, "a block has no known type")
        }
    }

    private var afterBlock: Stage { isLastBlock ? .trailer : .block }

    private mutating func dynamicTables(_ source: inout ByteSource) throws(TraceError) {
        let symbolCount = try take(5, &source) + 257
        let distanceCount = try take(5, &source) + 1
        let orderCount = try take(4, &source) + 4
        var orders = [UInt8](repeating: 0, count: 19)
        for index in 0..<orderCount {
            orders[Self.codeLengthOrder[index]] = UInt8(try take(3, &source))
        }
        guard symbolCount <= 286, distanceCount <= 30, let code = HuffmanTable(lengths: orders[...], isOfLengths: true)
        else { throw Self.damaged(source, "a code is impossible") }
        var lengths: [UInt8] = []
        while lengths.count < symbolCount + distanceCount {
            let symbol = try decode(code, &source)
            guard symbol > 15 else {
                lengths.append(UInt8(symbol))
                continue
            }
            var repeated: UInt8 = 0
            let count: Int
            switch symbol {
            case 16:
                guard let last = lengths.last else {
                    throw Self.damaged(source, "a code is impossible")
                }
                repeated = last
                count = 3 + (try take(2, &source))
            case 17: count = 3 + (try take(3, &source))
            default: count = 11 + (try take(7, &source))
            }
            lengths.append(contentsOf: repeatElement(repeated, count: count))
        }
        guard lengths.count == symbolCount + distanceCount, lengths[256] > 0,
            let symbols = HuffmanTable(lengths: lengths[..<symbolCount]),
            let distances = HuffmanTable(lengths: lengths[symbolCount...])
        else { throw Self.damaged(source, "a code is impossible") }
        stage = .codes(symbols, distances)
    }

    private mutating func stored(
        _ left: Int,
        _ source: inout ByteSource,
        _ output: inout [UInt8]
    ) throws(TraceError) {
        let count = min(left, Self.windowSize)
        for _ in 0..<count { emit(UInt8(try take(8, &source)), &output) }
        stage = count < left ? .stored(left - count) : afterBlock
    }

    private mutating func codes(
        _ symbols: HuffmanTable,
        _ distances: HuffmanTable,
        _ source: inout ByteSource,
        _ output: inout [UInt8]
    ) throws(TraceError) {
        while output.count < Self.windowSize {
            let symbol = try decode(symbols, &source)
            if symbol < 256 {
                emit(UInt8(symbol), &output)
                continue
            }
            if symbol == 256 {
                stage = afterBlock
                return
            }
            guard symbol <= 285 else { throw Self.damaged(source, "a length is impossible") }
            let index = symbol - 257
            let length = Self.lengthBases[index] + (try take(Self.lengthBits[index], &source))
            let code = try decode(distances, &source)
            guard code < 30 else { throw Self.damaged(source, "a distance is impossible") }
            let distance = Self.distanceBases[code] + (try take(max(0, code / 2 - 1), &source))
            guard distance <= written else {
                throw Self.damaged(source, "a distance reaches before the start")
            }
            for _ in 0..<length {
                emit(window[(written - distance) & (Self.windowSize - 1)], &output)
            }
        }
    }

    private mutating func trailer(_ source: inout ByteSource) throws(TraceError) {
        _ = try take(bitCount % 8, &source)
        let low = try take(16, &source)
        let sum = UInt32(low) | UInt32(try take(16, &source)) << 16
        let lowSize = try take(16, &source)
        let size = UInt32(lowSize) | UInt32(try take(16, &source)) << 16
        guard sum == checksum.value, size == UInt32(truncatingIfNeeded: written) else {
            throw Self.damaged(source, "the checksum is wrong")
        }
        // Bytes that were read ahead count too.
        let rest = try source.peek()
        let isOver = bitCount == madeUp && rest == nil
        stage = isOver ? .end : .header
    }

    @inline(__always)
    private mutating func emit(_ byte: UInt8, _ output: inout [UInt8]) {
        window[written & (Self.windowSize - 1)] = byte
        written += 1
        output.append(byte)
    }

    @inline(__always)
    private mutating func decode(
        _ table: HuffmanTable,
        _ source: inout ByteSource
    ) throws(TraceError) -> Int {
        try need(HuffmanTable.longest, &source)
        guard let (symbol, length) = table.decode(UInt32(truncatingIfNeeded: bits)) else {
            throw Self.damaged(source, "a code is unknown")
        }
        try drop(length, source)
        return symbol
    }

    /// The next `count` bits, at most 16, first bit lowest.
    @inline(__always)
    private mutating func take(
        _ count: Int,
        _ source: inout ByteSource
    ) throws(TraceError) -> Int {
        try need(count, &source)
        let value = Int(bits & (1 << UInt64(count) - 1))
        try drop(count, source)
        return value
    }

    @inline(__always)
    private mutating func need(_ count: Int, _ source: inout ByteSource) throws(TraceError) {
        while bitCount < count {
            if let byte = try source.next() {
                bits |= UInt64(byte) << UInt64(bitCount)
            } else {
                madeUp += 8
            }
            bitCount += 8
        }
    }

    @inline(__always)
    private mutating func drop(_ count: Int, _ source: borrowing ByteSource) throws(TraceError) {
        bits >>= UInt64(count)
        bitCount -= count
        guard bitCount >= madeUp else { throw Self.damaged(source, "the file ends too early") }
    }

    private static func damaged(_ source: borrowing ByteSource, _ reason: String) -> TraceError {
        TraceError(path: source.path, problem: .damagedGzip(reason))
    }
}

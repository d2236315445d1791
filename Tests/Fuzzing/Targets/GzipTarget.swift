import CZlib
import Forecast

@testable import Backtest

extension FuzzTarget {
    /// Deflate streams: what zlib makes of one, Headroom's own inflater makes of it, and what zlib calls damaged it
    /// refuses, before it looks at the checksum. Checksums are made right, or nothing would get past them.
    static let gzip = FuzzTarget(name: "gzip", largest: 2048) { bytes in
        let truth = Inflated(bytes)
        guard truth.outcome != .unknown else { return }
        let head: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        var file = head + bytes.prefix(truth.consumed)
        var checksum = Checksum32()
        checksum.add(truth.bytes[...])
        file.appendLittleEndian(checksum.value)
        file.appendLittleEndian(UInt32(truth.bytes.count))
        var refusal: TraceError.Problem?
        let own: [UInt8]? = try ScratchFile.with(file) { _, path in
            do throws(TraceError) {
                var source = try TraceBytes(path: path)
                var all: [UInt8] = []
                var part: [UInt8] = []
                repeat {
                    try source.take(into: &part)
                    all += part
                } while !part.isEmpty
                return all
            } catch {
                refusal = error.problem
                return nil
            }
        }
        switch truth.outcome {
        case .whole:
            try demand(
                own == truth.bytes,
                "zlib inflates to \(truth.bytes.count) bytes, the inflater to \(own.map { "\($0.count) others" } ?? "a refusal")")
        case .damaged:
            try demand(
                own == nil && refusal != .damagedGzip("the checksum is wrong"), "zlib refuses it, the inflater comes to its end")
        case .unknown: break
        }
    }
}

/// What zlib makes of a raw deflate stream.
private struct Inflated {
    enum Outcome { case whole, damaged, unknown }

    private(set) var outcome = Outcome.unknown
    private(set) var bytes: [UInt8] = []
    /// Of the stream.
    private(set) var consumed = 0

    private static let room = 1 << 20

    init(_ input: [UInt8]) {
        var stream = unsafe z_stream()
        guard unsafe inflateInit2_(&stream, -15, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK else { return }
        defer { unsafe inflateEnd(&stream) }
        var input = input
        var code = Z_OK
        unsafe input.withUnsafeMutableBufferPointer { source in
            bytes = unsafe [UInt8](unsafeUninitializedCapacity: Self.room) { target, filled in
                unsafe stream.next_in = source.baseAddress
                unsafe stream.avail_in = UInt32(source.count)
                unsafe stream.next_out = target.baseAddress
                unsafe stream.avail_out = UInt32(target.count)
                code = unsafe inflate(&stream, Z_FINISH)
                filled = unsafe target.count - Int(stream.avail_out)
            }
            consumed = unsafe source.count - Int(stream.avail_in)
        }
        switch code {
        case Z_STREAM_END: outcome = .whole
        case Z_DATA_ERROR:
            outcome = .damaged
            consumed = input.count
        default: break
        }
    }
}

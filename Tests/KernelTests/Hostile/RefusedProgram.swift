import CZlib
import Foundation
import Glibc

/// A copy of the headroom command whose one BPF program every kernel's verifier refuses: its first instruction reads a
/// register that nothing was written to.
enum RefusedProgram {
    /// - Returns: false when there is no such program in it.
    static func copy(_ command: String, to path: String, refusing program: String) throws -> Bool {
        var binary = try Data(contentsOf: URL(fileURLWithPath: command))
        // gzip in base64 (bpf/compile.sh): H4sI is how every gzip begins.
        var from = binary.startIndex
        while let found = binary.range(of: Data("H4sI".utf8), in: from..<binary.endIndex) {
            from = found.upperBound
            let end = binary[found.lowerBound...].firstIndex { !isDigit($0) } ?? binary.endIndex
            guard end - found.lowerBound > 2_000, let packed = Data(base64Encoded: padded(binary[found.lowerBound..<end])),
                var image = inflated([UInt8](packed)), image.starts(with: [0x7f, 0x45, 0x4c, 0x46]), spoil(&image, program)
            else { continue }
            let text = Data(try deflated(image)).base64EncodedData()
            guard text.count <= end - found.lowerBound else { throw TestFailure("\(text.count) bytes of \(end - found.lowerBound)") }
            // What is no digit ends it.
            binary.replaceSubrange(
                found.lowerBound..<end, with: text + Data(repeating: UInt8(ascii: "="), count: end - found.lowerBound - text.count))
            try binary.write(to: URL(fileURLWithPath: path))
            unsafe chmod(path, 0o755)
            return true
        }
        return false
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x41...0x5a, 0x61...0x7a, 0x30...0x39, 0x2b, 0x2f: true
        default: false
        }
    }

    private static func padded(_ digits: Data) -> Data { digits + Data(repeating: 0x3d, count: (4 - digits.count % 4) % 4) }

    /// ELF64 with sections of 64 bytes and symbols of 24.
    private static func spoil(_ image: inout [UInt8], _ program: String) -> Bool {
        let bytes = image
        func field<Value: FixedWidthInteger & BitwiseCopyable>(_ at: Int, _: Value.Type) -> Int {
            unsafe bytes.withUnsafeBytes { unsafe Int($0.loadUnaligned(fromByteOffset: at, as: Value.self)) }
        }
        func name(_ at: Int) -> String { String(decoding: bytes[at...].prefix { $0 != 0 }, as: UTF8.self) }
        let table = field(0x28, UInt64.self)
        func offset(_ section: Int) -> Int { field(table + section * 64 + 0x18, UInt64.self) }
        let count = field(0x3c, UInt16.self)
        let names = offset(field(0x3e, UInt16.self))
        var isSpoiled = false
        for section in 0..<count {
            let header = table + section * 64
            if name(names + field(header, UInt32.self)) == ".BTF.ext" {
                // Lines of source, for the verifier's log: room for what deflates worse than before.
                let start = offset(section)
                let lines = start + field(start + 4, UInt32.self) + field(start + 16, UInt32.self)
                for index in lines..<lines + field(start + 20, UInt32.self) { image[index] = 0 }
                for index in start + 20..<start + 24 { image[index] = 0 }
            }
            guard field(header + 4, UInt32.self) == 2 else { continue }
            let strings = offset(field(header + 0x28, UInt32.self))
            let symbols = offset(section)
            for symbol in stride(from: symbols, to: symbols + field(header + 0x20, UInt64.self), by: 24)
            where name(strings + field(symbol, UInt32.self)) == program {
                let first = offset(field(symbol + 6, UInt16.self)) + field(symbol + 8, UInt64.self)
                // Its source register was r1, the program's argument.
                guard image[first + 1] >> 4 == 1 else { return false }
                image[first + 1] = image[first + 1] & 0x0f | 0x90
                isSpoiled = true
            }
        }
        return isSpoiled
    }

    private static func inflated(_ packed: [UInt8]) -> [UInt8]? {
        guard packed.count > 18 else { return nil }
        let size = packed.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard size > 0, size < 16 << 20 else { return nil }
        return unsafe through(packed, room: size) { stream in
            guard unsafe inflateInit2_(&stream, 31, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK else { return false }
            defer { unsafe inflateEnd(&stream) }
            return unsafe inflate(&stream, Z_FINISH) == Z_STREAM_END
        }
    }

    private static func deflated(_ plain: [UInt8]) throws -> [UInt8] {
        let packed = unsafe through(plain, room: plain.count) { stream in
            let size = unsafe CInt(MemoryLayout<z_stream>.size)
            guard unsafe deflateInit2_(&stream, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK else { return false }
            defer { unsafe deflateEnd(&stream) }
            return unsafe deflate(&stream, Z_FINISH) == Z_STREAM_END
        }
        guard let packed else { throw TestFailure("deflate of \(plain.count) bytes") }
        return packed
    }

    /// - Returns: what `work` makes of the bytes, in `room` at most; nil when it fails.
    private static func through(_ bytes: [UInt8], room: Int, _ work: (inout z_stream) -> Bool) -> [UInt8]? {
        var input = bytes
        var output = [UInt8](repeating: 0, count: room)
        var stream = unsafe z_stream()
        let isWhole = unsafe input.withUnsafeMutableBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer { target in
                unsafe stream.next_in = source.baseAddress
                unsafe stream.avail_in = UInt32(source.count)
                unsafe stream.next_out = target.baseAddress
                unsafe stream.avail_out = UInt32(target.count)
                return unsafe work(&stream)
            }
        }
        return isWhole ? Array(output[..<(room - Int(unsafe stream.avail_out))]) : nil
    }
}

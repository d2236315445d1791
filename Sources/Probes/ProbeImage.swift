internal import CLibBPF
internal import CZlib

/// A BPF object that a binary carries as gzip in base64, decoded to the alignment libelf wants.
///
/// Owns the bytes; libbpf copies what it keeps, so the value may go once the
/// object is open. Decoding 200 KiB takes some 2 ms.
@safe
package struct ProbeImage: ~Copyable {
    private let buffer: UnsafeMutableRawBufferPointer
    package let count: Int

    /// The agent's programs.
    init() { self.init(embeddedObjectBase64) }

    /// - Parameter text: as bpf/compile.sh writes it.
    package init(_ text: StaticString) {
        let packed = Self.decoded(text)
        // A gzip ends with the size of what is in it (RFC 1952).
        count = packed.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        unsafe buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 8)
        var stream = unsafe z_stream()
        var packedBytes = packed
        let isWhole = unsafe packedBytes.withUnsafeMutableBytes { input in
            unsafe stream.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe stream.avail_in = UInt32(input.count)
            unsafe stream.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe stream.avail_out = UInt32(buffer.count)
            // 16: gzip, not zlib.
            guard unsafe inflateInit2_(&stream, 16 + 15, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK else { return false }
            defer { unsafe inflateEnd(&stream) }
            return unsafe inflate(&stream, Z_FINISH) == Z_STREAM_END
        }
        precondition(isWhole, "the BPF object in this program is damaged")
    }

    private static func decoded(_ text: StaticString) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8CodeUnitCount / 4 * 3)
        var pending: UInt32 = 0
        var bits: UInt32 = 0
        for offset in 0..<text.utf8CodeUnitCount {
            guard let digit = value(unsafe text.utf8Start[offset]) else { break }
            pending = pending << 6 | digit
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: pending >> bits))
            }
        }
        return bytes
    }

    /// Valid while the value lives.
    @unsafe package var bytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
    }

    deinit { unsafe buffer.deallocate() }

    /// Does with what kernels before 5.12 know of atomics, which is addition without a result;
    /// they refuse the rest even where it is never reached. The programs use no results, and
    /// without ORs keep no sets of CPUs.
    ///
    /// In the image, because libbpf gives no access to the functions that programs call.
    func useOldAtomics() {
        func field<Value: FixedWidthInteger & BitwiseCopyable>(_ at: Int, _: Value.Type) -> Int {
            unsafe Int(buffer.loadUnaligned(fromByteOffset: at, as: Value.self))
        }
        // ELF64: table of sections, entry size and count; flags, offset and size of each.
        let table = field(0x28, UInt64.self)
        let entry = field(0x3a, UInt16.self)
        let executable = 4
        for section in 0..<field(0x3c, UInt16.self) {
            let header = table + section * entry
            guard field(header + 8, UInt64.self) & executable != 0 else { continue }
            let start = field(header + 0x18, UInt64.self)
            let size = field(header + 0x20, UInt64.self)
            for at in stride(from: start, to: start + size, by: MemoryLayout<bpf_insn>.size) {
                replaceAtomic(at)
            }
        }
    }

    private func replaceAtomic(_ at: Int) {
        var instruction = unsafe buffer.loadUnaligned(fromByteOffset: at, as: bpf_insn.self)
        guard instruction.code == bpf_insn.atomic || instruction.code == bpf_insn.atomicWord else {
            return
        }
        switch instruction.imm & ~bpf_insn.fetch {
        case bpf_insn.add: instruction.imm = bpf_insn.add
        case bpf_insn.or: instruction = bpf_insn.make(0x05)  // goto the next
        default: return  // the kernel will say
        }
        unsafe buffer.storeBytes(of: instruction, toByteOffset: at, as: bpf_insn.self)
    }

    /// A base64 digit's value; nil for padding.
    private static func value(_ digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

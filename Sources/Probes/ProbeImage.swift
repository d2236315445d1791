internal import CLibBPF

/// The BPF object this binary carries, decoded to the alignment libelf wants.
///
/// Owns the bytes; libbpf copies what it keeps, so the value may go once the
/// object is open. Decoding about 80 KiB takes some 0.2 ms.
@safe
struct ProbeImage: ~Copyable {
    private let buffer: UnsafeMutableRawBufferPointer
    let count: Int

    init() {
        let text = embeddedObjectBase64
        let capacity = text.utf8CodeUnitCount / 4 * 3
        unsafe buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 8)
        var pending: UInt32 = 0
        var bits: UInt32 = 0
        var written = 0
        for offset in 0..<text.utf8CodeUnitCount {
            guard let digit = Self.value(unsafe text.utf8Start[offset]) else { break }
            pending = pending << 6 | digit
            bits += 6
            if bits >= 8 {
                bits -= 8
                unsafe buffer[written] = UInt8(truncatingIfNeeded: pending >> bits)
                written += 1
            }
        }
        count = written
    }

    /// Valid while the value lives.
    @unsafe var bytes: UnsafeRawBufferPointer {
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

internal import CLibBPF
internal import Glibc

/// What the kernel says of one BPF program.
package struct ProgramInfo: Sendable {
    package let id: UInt32
    package let name: String
    package let type: String
    /// Of its instructions, 16 hexadecimal digits: the same program has the same tag on every host.
    package let tag: String
    /// When it was loaded, nanoseconds of CLOCK_BOOTTIME.
    package let loadedNanoseconds: UInt64
    /// Bytes of machine code; 0 where the kernel interprets it.
    package let jitedBytes: Int
    /// Bytes of BPF instructions as the verifier left them.
    package let translatedBytes: Int
    /// Instructions that the verifier looked at; 0 before 5.16.
    package let verifiedInstructions: Int
    /// Memory the kernel charges for it, in bytes; nil where it does not say.
    package private(set) var memoryBytes: Int?
    /// Time spent and runs counted while `BPFStatistics` were on, since load.
    package let runNanoseconds: UInt64
    package let runCount: UInt64
    /// Runs that the kernel skipped because the program was already active on that CPU.
    package let recursionMisses: UInt64
    /// What it is made to attach to: a type of the kernel's BTF; 0: none.
    let attachTypeID: UInt32

    /// By a descriptor, which takes no rights.
    package init(descriptor: CInt) throws(BPFError) {
        var info = bpf_prog_info()
        var length = UInt32(MemoryLayout<bpf_prog_info>.size)
        guard unsafe bpf_obj_get_info_by_fd(descriptor, &info, &length) == 0 else {
            throw .last("bpf_obj_get_info_by_fd", "program fd \(descriptor)")
        }
        id = info.id
        name = unsafe withUnsafeBytes(of: &info.name) { unsafe MapInfo.text($0) }
        let type = bpf_prog_type(info.type)
        self.type = unsafe libbpf_bpf_prog_type_str(type).map { unsafe String(cString: $0) } ?? "?"
        tag = unsafe withUnsafeBytes(of: &info.tag) { unsafe $0.map(Self.hexadecimal).joined() }
        loadedNanoseconds = info.load_time
        jitedBytes = Int(info.jited_prog_len)
        translatedBytes = Int(info.xlated_prog_len)
        verifiedInstructions = Int(info.verified_insns)
        runNanoseconds = info.run_time_ns
        runCount = info.run_cnt
        recursionMisses = info.recursion_misses
        attachTypeID = info.attach_btf_id
    }

    /// The program with kernel id `id`. Needs CAP_SYS_ADMIN.
    package init(id: UInt32) throws(BPFError) {
        self = try Self.withDescriptor(id) { descriptor throws(BPFError) in
            try ProgramInfo(descriptor: descriptor)
        }
    }

    /// With its memory too, which takes reading a file.
    package static func whole(id: UInt32) throws(BPFError) -> ProgramInfo {
        try withDescriptor(id) { descriptor throws(BPFError) in
            var info = try ProgramInfo(descriptor: descriptor)
            info.memoryBytes = MapInfo.memoryCharge(descriptor)
            return info
        }
    }

    /// The maps that a program uses, by their kernel ids. Needs CAP_SYS_ADMIN.
    package static func mapIDs(ofProgram id: UInt32) throws(BPFError) -> [UInt32] {
        try withDescriptor(id) { descriptor throws(BPFError) in
            var ids = [UInt32](repeating: 0, count: 64)
            var info = bpf_prog_info()
            var length = UInt32(MemoryLayout<bpf_prog_info>.size)
            let result = unsafe ids.withUnsafeMutableBufferPointer { buffer in
                info.nr_map_ids = UInt32(buffer.count)
                info.map_ids = UInt64(UInt(bitPattern: buffer.baseAddress))
                return unsafe bpf_obj_get_info_by_fd(descriptor, &info, &length)
            }
            guard result == 0 else { throw .last("bpf_obj_get_info_by_fd", "program \(id)") }
            return Array(ids.prefix(Int(info.nr_map_ids)))
        }
    }

    private static func withDescriptor<Result>(
        _ id: UInt32, _ body: (CInt) throws(BPFError) -> Result
    ) throws(BPFError) -> Result {
        let descriptor = bpf_prog_get_fd_by_id(id)
        guard descriptor >= 0 else { throw .last("bpf_prog_get_fd_by_id", "\(id)") }
        defer { close(descriptor) }
        return try body(descriptor)
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}

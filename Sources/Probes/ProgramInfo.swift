internal import CLibBPF
internal import Glibc

/// What the kernel says of one BPF program.
package struct ProgramInfo: Sendable {
    package let id: UInt32
    package let name: String
    package let type: String
    /// Time spent and runs counted while `BPFStatistics` were on, since load.
    package let runNanoseconds: UInt64
    package let runCount: UInt64
    /// Runs that the kernel skipped because the program was already active on that CPU.
    package let recursionMisses: UInt64

    init(descriptor: CInt) throws(BPFError) {
        var info = bpf_prog_info()
        var length = UInt32(MemoryLayout<bpf_prog_info>.size)
        guard unsafe bpf_obj_get_info_by_fd(descriptor, &info, &length) == 0 else {
            throw .last("bpf_obj_get_info_by_fd", "program fd \(descriptor)")
        }
        id = info.id
        name = unsafe withUnsafeBytes(of: &info.name) { unsafe MapInfo.text($0) }
        let type = bpf_prog_type(info.type)
        self.type = unsafe libbpf_bpf_prog_type_str(type).map { unsafe String(cString: $0) } ?? "?"
        runNanoseconds = info.run_time_ns
        runCount = info.run_cnt
        recursionMisses = info.recursion_misses
    }

    /// The program with kernel id `id`. Needs CAP_SYS_ADMIN.
    package init(id: UInt32) throws(BPFError) {
        let descriptor = bpf_prog_get_fd_by_id(id)
        guard descriptor >= 0 else { throw .last("bpf_prog_get_fd_by_id", "\(id)") }
        defer { close(descriptor) }
        try self.init(descriptor: descriptor)
    }
}

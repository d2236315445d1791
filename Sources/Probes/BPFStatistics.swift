internal import CLibBPF
internal import Glibc

/// Keeps the kernel's per-program run counting on while it lives.
///
/// Counting costs two clock reads a run, so hold it for short windows only.
package struct BPFStatistics: ~Copyable {
    private let descriptor: CInt

    package init() throws(BPFError) {
        descriptor = bpf_enable_stats(BPF_STATS_RUN_TIME)
        guard descriptor >= 0 else { throw .last("bpf_enable_stats", "run time") }
    }

    /// Takes CAP_SYS_ADMIN, whatever else a process may do with BPF.
    package static var areAllowed: Bool {
        do throws(BPFError) {
            _ = try BPFStatistics()
            return true
        } catch {
            return !error.isPermission
        }
    }

    deinit { close(descriptor) }
}

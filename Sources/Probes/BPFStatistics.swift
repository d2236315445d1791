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

    deinit { close(descriptor) }
}

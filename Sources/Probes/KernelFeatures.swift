internal import CLibBPF
internal import Glibc

/// What the running kernel's BTF says is there. Versions are never compared: distributions
/// backport hooks and change their signatures.
struct KernelFeatures: Sendable {
    /// Hooks (`btf_trace_<name>`) the programs may attach to, and whether each exists.
    let tracepoints: [String: Bool]
    let cssFlush: Bool
    let cgroupFlush: Bool
    let cgroupIterator: Bool
    /// Tasks know their run queue, whose clock the run-queue delay is taken from.
    let runQueueClock: Bool

    static let wantedTracepoints = [
        "sched_switch", "cgroup_mkdir", "cgroup_rmdir", "block_io_start", "block_rq_issue",
        "block_rq_complete",
    ]

    init() throws(BPFError) {
        LibBPFLog.capture()
        guard let btf = unsafe btf__load_vmlinux_btf() else {
            throw .last("btf__load_vmlinux_btf", "/sys/kernel/btf/vmlinux")
        }
        defer { unsafe btf__free(btf) }
        func has(_ name: String, _ kind: UInt32) -> Bool {
            unsafe btf__find_by_name_kind(btf, name, kind) > 0
        }
        var tracepoints: [String: Bool] = [:]
        for name in Self.wantedTracepoints {
            tracepoints[name] = has("btf_trace_\(name)", headroomTypedefKind)
        }
        self.tracepoints = tracepoints
        cssFlush = has("css_rstat_flush", headroomFunctionKind)
        cgroupFlush = has("cgroup_rstat_flush", headroomFunctionKind)
        cgroupIterator = has("bpf_iter__cgroup", headroomStructKind)
        runQueueClock = has("cfs_rq", headroomStructKind) && has("sched_info", headroomStructKind)
    }
}

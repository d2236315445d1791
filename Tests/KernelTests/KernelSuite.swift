import Testing

/// Tests against the real kernel, one after another: they load probes and make load.
@Suite(.serialized, .enabled(if: Host.canProbe, "needs root and a kernel with BPF"))
struct KernelSuite {
    /// Both ways of finding a cgroup's slot must count the same.
    static let slotModes = [false, true]
}

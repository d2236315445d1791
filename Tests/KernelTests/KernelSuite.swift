import Probes
import Testing

/// Tests against the real kernel, one after another: they load probes and make load.
@Suite(.serialized, .enabled(if: Host.canProbe, "needs root and a kernel with BPF"))
struct KernelSuite {}

/// Ways of finding a cgroup's slot and of walking: all must count the same.
enum ProbeMode: CaseIterable, Sendable {
    case cssIDs
    case hashSlots
    case fileWalk

    /// Where the kernel cannot walk there is only the last. Emulated machines that can leave it
    /// to the others.
    static let ofThisKernel: [ProbeMode] =
        !Host.walksInKernel
        ? [.fileWalk] : Host.scale > 1 ? [.cssIDs, .hashSlots] : allCases

    func apply(to configuration: inout ProfilerConfiguration) {
        configuration.forceHashSlots = self == .hashSlots
        configuration.forceFileWalk = self == .fileWalk
    }
}

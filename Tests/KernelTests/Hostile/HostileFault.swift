import Glibc

/// Everything that is done to the agent.
enum HostileFault: String, CaseIterable, CustomStringConvertible {
    case killed, damaged, stopped, diskFull, readOnly, clock, suspend, ringFull, refused, detached, memory, busy, crowd, names
    case descriptors, hangs, nonsense, flood

    var description: String { rawValue }

    var words: String {
        switch self {
        case .killed: "SIGKILL at a random moment, also while it starts and while it writes a checkpoint"
        case .damaged: "a bit of the checkpoint flipped"
        case .stopped: "SIGSTOP for some seconds"
        case .diskFull: "the disk with its state full"
        case .readOnly: "its state directory read-only"
        case .clock: "the clock an hour forth, two back, one forth"
        case .suspend: "the machine suspended to RAM for 5 s, its CPUs taken off and put back"
        case .ringFull: "hundreds of cgroups with a task each come while it cannot read its ring of 64 KiB"
        case .refused: "the kernel refuses one of its programs"
        case .detached: "another process detaches the packets' programs"
        case .memory: "its own `memory.max`"
        case .busy: "four tasks a CPU for some seconds"
        case .crowd: "more cgroups than `max_cgroups`, twice and more"
        case .names: "names with control characters, no UTF-8, a path of 4 KiB"
        case .descriptors: "no descriptor left"
        case .hangs: "its provider program hangs for ever"
        case .nonsense: "its provider program talks nonsense"
        case .flood: "idle and slow connections to its endpoint and its socket"
        }
    }

    /// Why it is not done here; nil when it is.
    var obstacle: String? {
        let ownsClock = unsafe getenv("HEADROOM_TEST_OWN_CLOCK") != nil
        switch self {
        case .clock: return ownsClock ? nil : "the clock is not the test's to set"
        case .suspend: return ownsClock ? Suspend.obstacle : "the machine is not the test's to suspend"
        case .memory: return Host.has("memory") ? nil : "no memory controller on the v2 tree"
        case .detached: return Bpftool.isThere ? nil : "no bpftool"
        default: return nil
        }
    }
}

/// What to probe, and how much room it may take.
package struct ProfilerConfiguration: Sendable, Hashable {
    /// Slots in the kernel; cgroups beyond them are counted together as "other".
    package var maxCgroups = 4096
    /// Ring bytes, a power of two; nil sizes it for one walk over `maxCgroups` and half as
    /// much again for events.
    package var ringBytes: Int?
    package var runQueueDelay = true
    package var network = true
    package var disk = true
    /// Keeps CPU time by steps of 10 ms. Walks must follow one another within
    /// `longestBurstInterval`.
    package var bursts = true
    /// A wait for a CPU of so many nanoseconds is told at once; nil: none is.
    package var stallNanoseconds: UInt64? = 200_000_000
    /// Uses hash slots even where css ids would do; for tests and comparison.
    package var forceHashSlots = false
    /// Walks in user space even where the kernel could, and does without what kernels before
    /// 5.19 lack; for tests and comparison.
    package var forceFileWalk = false
    /// Programs that are loaded as what they are not, so that the kernel refuses them; for tests.
    package var spoiledPrograms: Set<String> = []

    package init() {}

    /// The ring size in effect.
    package var effectiveRingBytes: Int {
        if let ringBytes { return ringBytes }
        var bytes = 256 * 1024
        // 152 bytes a sample with its header. No more: the kernel writes through all of the ring
        // in turn, and one that does not fit into the cache makes each record several misses.
        // Details of many busy cgroups at once take another pass.
        while bytes < maxCgroups * 152 * 3 / 2 { bytes *= 2 }
        return bytes
    }

    /// The longest time between walks, in nanoseconds, for which steps of CPU time are kept.
    package static let longestBurstInterval: UInt64 = 1_100_000_000
}

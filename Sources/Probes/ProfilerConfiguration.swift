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
    /// Uses hash slots even where css ids would do; for tests and comparison.
    package var forceHashSlots = false
    /// Walks in user space even where the kernel could, and does without what kernels before
    /// 5.19 lack; for tests and comparison.
    package var forceFileWalk = false

    package init() {}

    /// The ring size in effect.
    package var effectiveRingBytes: Int {
        if let ringBytes { return ringBytes }
        var bytes = 256 * 1024
        // 152 bytes a sample with its header.
        while bytes < maxCgroups * 152 * 3 / 2 { bytes *= 2 }
        return bytes
    }
}

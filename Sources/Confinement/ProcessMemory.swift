internal import CConfinement

/// Memory that the process holds and does not use.
package enum ProcessMemory {
    /// Gives free pages of the heap back to the kernel, which the allocator does at the heap's end alone. Any thread; with 16 MiB of
    /// heap about 1 ms, in which other threads' allocations wait.
    package static func giveBack() { headroomGiveMemoryBack() }
}

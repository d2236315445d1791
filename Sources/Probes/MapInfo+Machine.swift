internal import CLibBPF
internal import HeadroomABI

extension MapInfo {
    /// CPUs this machine may have.
    package static var possibleCPUs: Int { max(1, Int(libbpf_num_possible_cpus())) }

    /// What one of our maps would take on a machine that may have `cpus` CPUs, in bytes: computed
    /// from what it takes here. Nil where the kernel does not say.
    package func memoryBytes(onCPUs cpus: Int, name: String) -> Int? {
        guard let memoryBytes else { return nil }
        if name == "hr_disk_slots" {
            return memoryBytes / Self.diskShards(Self.possibleCPUs) * Self.diskShards(cpus)
        }
        guard type.hasPrefix("percpu") else { return memoryBytes }
        let copy = maxEntries * ((valueBytes + 7) & ~7)
        return memoryBytes + copy * (cpus - Self.possibleCPUs)
    }

    /// Copies of the disk counts: a power of two, with the CPUs up to HR_DISK_SHARDS.
    static func diskShards(_ cpus: Int) -> Int {
        var shards = 1
        while shards < min(Int(HR_DISK_SHARDS), cpus) { shards *= 2 }
        return shards
    }
}

package import Aggregates
internal import Glibc

/// Reads what the kernel says this process may use.
package enum HostFactsReader {
    /// Cores this process may run on and the machine's memory, with limits from the configuration.
    package static func read(limits: [Resource: Double] = [:]) throws(HostFactsError) -> HostFacts {
        HostFacts(cores: try cores(), memoryBytes: try memoryBytes(), limits: limits)
    }

    /// CPUs in this process's affinity mask, which a container or `taskset` may have narrowed;
    /// all CPUs that are online where the mask cannot be read.
    ///
    /// `sched_getaffinity` itself is not in Swift's Glibc (it wants `_GNU_SOURCE`); the kernel
    /// prints the same mask in `status`, whatever the number of CPUs.
    package static func cores(
        statusPath: String = "/proc/self/status"
    ) throws(HostFactsError) -> Double {
        if let text = try? contents(of: statusPath), let allowed = allowedProcessors(in: text) {
            return Double(allowed)
        }
        let online = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        guard online > 0 else { throw .processors(errno: errno) }
        return Double(online)
    }

    /// `MemTotal` of `/proc/meminfo`, bytes.
    package static func memoryBytes(
        path: String = "/proc/meminfo"
    ) throws(HostFactsError) -> Double {
        guard let total = memoryTotal(in: try contents(of: path)) else {
            throw .noMemoryTotal(path: path)
        }
        return total
    }

    /// The `MemTotal` line's amount in bytes, or `nil` when there is none that makes sense.
    package static func memoryTotal(in text: String) -> Double? {
        guard let value = SmallFile.field("MemTotal:", in: text) else { return nil }
        let parts = value.split(separator: " ")
        guard parts.count == 2, parts[1] == "kB", let kibibytes = UInt64(parts[0]), kibibytes > 0
        else { return nil }
        return Double(kibibytes) * 1_024
    }

    /// How many CPUs the list in `Cpus_allowed_list:` names, or `nil` when it makes no sense.
    /// `0-3,8` names five.
    package static func allowedProcessors(in text: String) -> Int? {
        guard let list = SmallFile.field("Cpus_allowed_list:", in: text) else { return nil }
        var count = 0
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count <= 2, let first = UInt16(ends[0]),
                let last = UInt16(ends[ends.count - 1]), first <= last
            else { return nil }
            count += Int(last - first) + 1
        }
        return count > 0 ? count : nil
    }

    private static func contents(of path: String) throws(HostFactsError) -> String {
        do throws(FileError) {
            return try SmallFile.read(path)
        } catch {
            throw .unreadable(path: path, errno: error.code)
        }
    }
}

internal import Glibc
internal import Probes

/// What the figures were measured on, and how quiet it was.
struct Machine: Sendable, Encodable {
    let kernel: String
    let processor: String
    let cpus: Int
    let hypervisor: Bool
    /// Runnable tasks of others at the start: they disturb.
    let loadAverage: String

    init() {
        func text(_ path: String) -> String { (try? TextFile.read(path)) ?? "" }
        func line(_ text: String, _ key: String) -> String? {
            text.split(separator: "\n").first { $0.hasPrefix(key) }?
                .split(separator: ":", maxSplits: 1).last.map { $0.trimmingPrefix(" ") }
                .map(String.init)
        }
        let information = text("/proc/cpuinfo")
        kernel = String(text("/proc/sys/kernel/osrelease").prefix { $0 != "\n" })
        processor = line(information, "model name") ?? "unknown processor"
        cpus = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        hypervisor = line(information, "flags")?.contains(" hypervisor") ?? false
        loadAverage = text("/proc/loadavg").split(separator: " ").prefix(3).joined(separator: " ")
    }

    var text: String {
        """
        \(processor), \(cpus) CPUs\(hypervisor ? ", virtual" : ""), kernel \(kernel), \
        load average \(loadAverage)
        """
    }
}

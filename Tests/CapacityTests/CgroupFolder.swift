import Capacity
import Foundation

/// Directories and files laid out as a cgroup v2 tree lays them out. What the kernel makes of
/// values is tested on kernels (EnforcementTests); this is about what is written and when.
final class CgroupFolder {
    let path: String
    let journal: String

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("headroom-cgroups-\(UUID().uuidString)")
        path = url.path
        journal = path + "/journal"
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func make(_ cgroup: String, memory: Int = 0) throws {
        try FileManager.default.createDirectory(
            atPath: path + cgroup,
            withIntermediateDirectories: true
        )
        try write("max 100000", cgroup + "/cpu.max")
        try write("100", cgroup + "/cpu.weight")
        try write("max", cgroup + "/memory.high")
        try write("0", cgroup + "/memory.low")
        try write("max", cgroup + "/memory.max")
        try write("usage_usec 0\nuser_usec 0", cgroup + "/cpu.stat")
        try write("\(memory)", cgroup + "/memory.current")
    }

    func remove(_ cgroup: String) throws { try FileManager.default.removeItem(atPath: path + cgroup) }

    func write(_ text: String, _ file: String) throws {
        try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: path + file))
    }

    func read(_ file: String) throws -> String {
        try String(contentsOfFile: path + file, encoding: .utf8)
            .trimmingCharacters(in: .newlines)
    }

    var hasJournal: Bool { FileManager.default.fileExists(atPath: journal) }

    /// For 4 cores and 4 GiB, with what is there looked at.
    func enforcer(
        _ cgroups: [String],
        own: String? = nil,
        _ change: (inout EnforcementRules) -> Void = { _ in }
    ) -> HostEnforcer {
        var rules = EnforcementRules()
        rules.cgroups = cgroups
        change(&rules)
        let enforcer = HostEnforcer(
            root: path,
            rules: rules,
            facts: HostFacts(cores: 4, memoryBytes: 0x1p32),
            keeper: LimitBook(root: path, journalPath: journal),
            ownCgroup: own
        )
        enforcer.refresh(now: 1_000_000_000)
        return enforcer
    }
}

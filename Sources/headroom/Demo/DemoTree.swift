internal import Agent
internal import Glibc
internal import Probes

/// The demo's cgroups: a parent with a mark that says whose they are, and what is below it.
///
/// The mark is an extended attribute, `trusted.headroom_demo`, with the process and its start: it
/// goes with the cgroup, and nothing but what bears one is ever removed.
struct DemoTree {
    static let attribute = "trusted.headroom_demo"
    /// Of the parent, in the file system.
    let directory: String
    /// As the agent names it.
    let path: String

    /// - Parameter name: one component, such as `headroom-demo.slice`.
    init(mountPoint: String, name: String) {
        directory = mountPoint + "/" + name
        path = "/" + name
    }

    /// Makes the parent and the cgroups in it, each with the controllers that its parent has.
    func make(_ plan: DemoPlan, memoryBytes: Double) throws(AgentError) {
        guard unsafe mkdir(directory, 0o755) == 0 else { throw .system("mkdir", directory) }
        do throws(AgentError) {
            let mark = "\(getpid()) \(Self.start(of: getpid()) ?? 0)"
            let code = CgroupMark.set(mark, named: Self.attribute, on: directory)
            guard code == 0 else {
                throw AgentError(
                    .hostLacks,
                    "\(directory): the mark that tells the demo's cgroups from others cannot be set: "
                        + "\(unsafe String(cString: strerror(code)))")
            }
            // Below everything else of the host, and hard bounds where there are controllers.
            set("cpu.weight", "10", of: directory)
            set("memory.max", "\(Int(memoryBytes))", of: directory)
            for workload in plan.workloads { try make(workload) }
        } catch {
            _ = remove()
            throw error
        }
    }

    private func make(_ workload: DemoWorkload) throws(AgentError) {
        var parent = directory
        for name in workload.place.split(separator: "/") {
            delegate(parent)
            parent += "/" + name
            guard unsafe mkdir(parent, 0o755) == 0 || errno == EEXIST else {
                throw .system("mkdir", parent)
            }
        }
        if let limit = workload.limitCores {
            set("cpu.max", "\(max(1000, Int(limit * 100_000))) 100000", of: parent)
        }
    }

    /// Controllers are handed down within the demo's own tree only.
    private func delegate(_ directory: String) {
        let offered = (try? TextFile.read(directory + "/cgroup.controllers")) ?? ""
        for controller in offered.split(whereSeparator: \.isWhitespace)
        where ["cpu", "memory", "io"].contains(controller) {
            set("cgroup.subtree_control", "+\(controller)", of: directory)
        }
    }

    /// Where the file is; what a host lacks is left out.
    private func set(_ file: String, _ text: String, of directory: String) {
        let descriptor = unsafe open("\(directory)/\(file)", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        _ = unsafe write(descriptor, text, text.utf8.count)
    }

    func directory(of workload: DemoWorkload) -> String { "\(directory)/\(workload.place)" }
    func path(of workload: DemoWorkload) -> String { "\(path)/\(workload.place)" }

    /// CPU time that the kernel has counted for a workload, in seconds.
    func usedSeconds(_ workload: DemoWorkload) -> Double? { Self.usedSeconds(directory(of: workload)) }

    /// Of all of them.
    var usedSeconds: Double? { Self.usedSeconds(directory) }

    private static func usedSeconds(_ directory: String) -> Double? {
        guard let text = try? TextFile.read(directory + "/cpu.stat") else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("usage_usec ") }
        return line.flatMap { Double($0.dropFirst("usage_usec ".count)) }.map { $0 / 1e6 }
    }

    /// Processes that have entered a workload's cgroup.
    func processes(of workload: DemoWorkload) -> Int {
        let text = (try? TextFile.read(directory(of: workload) + "/cgroup.procs")) ?? ""
        return text.split(separator: "\n").count
    }

    // MARK: The end

    enum Leftover: Equatable {
        case none
        /// A demo that runs.
        case running(pid_t)
        /// One that is dead has left cgroups.
        case stale
        /// A cgroup of this name that is not the demo's.
        case foreign
    }

    /// What is there of an earlier demo.
    var leftover: Leftover {
        guard unsafe access(directory, F_OK) == 0 else { return .none }
        guard let mark = CgroupMark.read(Self.attribute, of: directory) else { return .foreign }
        let words = mark.split(separator: " ")
        guard words.count == 2, let pid = pid_t(words[0]), let start = UInt64(words[1]) else { return .foreign }
        // A pid is used again; a pid and a start are not.
        return Self.start(of: pid) == start ? .running(pid) : .stale
    }

    /// Ends what is left in the cgroups, if it is this program, and removes them.
    /// - Returns: what could not be removed.
    func remove() -> [String] {
        var left: [String] = []
        for _ in 0..<100 {
            left = []
            removeTree(directory, &left)
            if left.isEmpty { return [] }
            usleep(50_000)
        }
        return left
    }

    private func removeTree(_ directory: String, _ left: inout [String]) {
        for name in Directory.names(directory) {
            let child = "\(directory)/\(name)"
            var status = stat()
            guard unsafe lstat(child, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { continue }
            removeTree(child, &left)
        }
        let processes = (try? TextFile.read(directory + "/cgroup.procs")) ?? ""
        for pid in processes.split(separator: "\n").compactMap({ pid_t($0) }) where Self.isOurs(pid) {
            kill(pid, SIGKILL)
        }
        if unsafe rmdir(directory) != 0, errno != ENOENT { left.append(directory) }
    }

    /// Somebody may have moved other processes into the demo's cgroups: those are not ended.
    private static func isOurs(_ pid: pid_t) -> Bool {
        guard let text = try? TextFile.read("/proc/\(pid)/cmdline") else { return false }
        return text.split(separator: "\0", omittingEmptySubsequences: false).dropFirst().first == "demo-load"
    }

    /// Field 22 of /proc/PID/stat: when a process began, in ticks since boot; nil when it is gone.
    static func start(of pid: pid_t) -> UInt64? {
        guard let text = try? TextFile.read("/proc/\(pid)/stat"),
            let end = text.lastIndex(of: ")")
        else { return nil }
        // The name may hold blanks and brackets; the state follows its last bracket.
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z" else { return nil }
        return UInt64(fields[19])
    }
}

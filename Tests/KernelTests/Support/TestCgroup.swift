import Glibc
import Probes

/// A cgroup of the test's own, removed with everything in it.
final class TestCgroup {
    /// As the agent names it.
    let path: String
    var directory: String { Host.cgroupRoot + path }

    /// - Parameter parent: an absolute cgroup path, "" for the root. It hands its controllers
    ///   down, as container managers make their parents do.
    init(_ name: String, in parent: String = "") throws {
        path = parent + "/" + name
        try Self.delegate(Host.cgroupRoot + parent)
        guard unsafe mkdir(directory, 0o755) == 0 else {
            throw TestFailure("mkdir \(directory): errno \(errno)")
        }
    }

    deinit { remove() }

    /// Kills what is inside and removes the directory.
    func remove() {
        for _ in 0..<200 {
            if unsafe rmdir(directory) == 0 || errno == ENOENT { return }
            for pid in processes { kill(pid, SIGKILL) }
            usleep(10_000)
        }
    }

    var processes: [pid_t] {
        let text = (try? TextFile.read(directory + "/cgroup.procs")) ?? ""
        return text.split(separator: "\n").compactMap { pid_t($0) }
    }

    /// The kernel's own account: `usage_usec` of cpu.stat, in nanoseconds.
    var cpuUsageNanoseconds: UInt64 {
        get throws {
            for line in try TextFile.read(directory + "/cpu.stat").split(separator: "\n")
            where line.hasPrefix("usage_usec ") {
                return (UInt64(line.dropFirst(11)) ?? 0) * 1000
            }
            throw TestFailure("\(directory)/cpu.stat has no usage_usec")
        }
    }

    /// Turns on, for a cgroup's children, every controller that it has itself. Nothing to do on
    /// a tree without controllers.
    static func delegate(_ directory: String) throws {
        let offered = try TextFile.read(directory + "/cgroup.controllers")
        let given = try TextFile.read(directory + "/cgroup.subtree_control")
            .split(whereSeparator: \.isWhitespace)
        for controller in offered.split(whereSeparator: \.isWhitespace)
        where !given.contains(controller) {
            // One that cannot be had here (cpu, with real-time tasks about) is left out.
            try? write("+\(controller)", to: directory + "/cgroup.subtree_control")
        }
    }

    static func write(_ text: String, to path: String) throws {
        let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TestFailure("open \(path): errno \(errno)") }
        defer { close(descriptor) }
        guard unsafe Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count else {
            throw TestFailure("write \(text) to \(path): errno \(errno)")
        }
    }

    /// One number of a file of the cgroup; nil when it has no such file.
    func number(_ file: String) -> UInt64? {
        guard let text = try? TextFile.read("\(directory)/\(file)") else { return nil }
        return UInt64(text.prefix { $0.isNumber })
    }

    /// The number behind a name in a file of lines `name value`; nil when there is none.
    func number(_ name: String, of file: String) -> UInt64? {
        guard let text = try? TextFile.read("\(directory)/\(file)") else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line.flatMap { UInt64($0.dropFirst(name.utf8.count + 1)) }
    }

    /// The sum over devices of one field (`wbytes`) of io.stat; nil without the io controller.
    func ioStat(_ field: String) -> UInt64? {
        guard let text = try? TextFile.read("\(directory)/io.stat") else { return nil }
        // "259:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0"
        return text.split(whereSeparator: \.isWhitespace).reduce(0) { sum, entry in
            let parts = entry.split(separator: "=")
            guard parts.count == 2, parts[0] == field else { return sum }
            return sum + (UInt64(parts[1]) ?? 0)
        }
    }

    /// Waits, for at most a minute, until the kernel has freed cgroups that were removed.
    static func waitForTheDying() {
        for _ in 0..<600 {
            let text = (try? TextFile.read(Host.cgroupRoot + "/cgroup.stat")) ?? ""
            let dying = text.split(separator: "\n").first { $0.hasPrefix("nr_dying_descendants ") }
            guard let dying, let count = Int(dying.dropFirst(21)), count > 50 else { return }
            usleep(100_000)
        }
    }

    /// A name that no other run of the tests has.
    static func uniqueName(_ purpose: String) -> String {
        "headroom-test-\(purpose)-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    }
}

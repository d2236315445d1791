import Glibc
import Probes

/// A cgroup of the test's own, removed with everything in it.
final class TestCgroup {
    /// As the agent names it.
    let path: String
    var directory: String { Host.cgroupRoot + path }

    /// - Parameter parent: an absolute cgroup path, "" for the root.
    init(_ name: String, in parent: String = "") throws {
        path = parent + "/" + name
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

    /// A name that no other run of the tests has.
    static func uniqueName(_ purpose: String) -> String {
        "headroom-test-\(purpose)-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    }
}

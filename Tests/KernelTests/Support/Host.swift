import Glibc
import Probes

/// What this host lets the suite do, found out by trying.
enum Host {
    /// Nil when probes can be loaded; else why not.
    static let obstacle: String? = {
        guard geteuid() == 0 else { return "not root" }
        do throws(BPFError) {
            _ = try Profiler(configuration: ProfilerConfiguration())
            return nil
        } catch {
            return "\(error)"
        }
    }()

    static var canProbe: Bool {
        if let obstacle { print("SKIPPED a kernel test: \(obstacle)") }
        return obstacle == nil
    }

    /// The directory that tests make their cgroups in.
    static let cgroupRoot: String = (try? CgroupTree().mountPoint) ?? "/sys/fs/cgroup"

    /// Where the test bundle lies, and the headroom command beside it.
    static let buildDirectory: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let path = String(
            decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }()

    static var command: String { buildDirectory + "/headroom" }
}

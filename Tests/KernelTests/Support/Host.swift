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

    static let walksInKernel: Bool =
        (try? Profiler(configuration: ProfilerConfiguration()))?.walksInKernel ?? true

    static var canProbe: Bool {
        if let obstacle { print("SKIPPED a kernel test: \(obstacle)") }
        return obstacle == nil
    }

    /// The directory that tests make their cgroups in.
    static let cgroupRoot: String = (try? CgroupTree().mountPoint) ?? "/sys/fs/cgroup"

    /// Whether a controller is on the v2 tree; a test that needs it is skipped else.
    static func has(_ controller: String) -> Bool {
        let isThere = (try? CgroupTree().controllers.contains(controller)) ?? false
        if !isThere { print("SKIPPED a kernel test: no \(controller) controller on the v2 tree") }
        return isThere
    }

    /// Tests of overload make their crowds, and the tables that these overflow, this many times
    /// smaller: `HEADROOM_TEST_SCALE`, 1 on a real machine, more on an emulated one.
    static let scale: Int = {
        guard let named = unsafe getenv("HEADROOM_TEST_SCALE") else { return 1 }
        return max(1, Int(unsafe String(cString: named)) ?? 1)
    }()

    /// Whether bpf(2) on what is loaded takes no rights: from 5.19 on, or where it is free for all.
    static let bpfIsFree = isKernel(from: (5, 19))

    /// Whether this kernel is of that version or a later one.
    static func isKernel(from version: (Int, Int)) -> Bool {
        guard let text = try? TextFile.read("/proc/sys/kernel/osrelease") else { return false }
        let numbers = text.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        return numbers.count == 2 && (numbers[0], numbers[1]) >= version
    }

    /// A directory on a real block device: `HEADROOM_TEST_DISK_DIRECTORY`, or where the test
    /// bundle lies.
    static let diskDirectory: String = {
        guard let named = unsafe getenv("HEADROOM_TEST_DISK_DIRECTORY") else { return buildDirectory }
        return unsafe String(cString: named)
    }()

    /// Where the test bundle lies, and the headroom command beside it.
    static let buildDirectory: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let path = String(
            decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }()

    /// The command that the process tests start: `HEADROOM_TEST_COMMAND`, or the one beside the
    /// tests.
    static let command: String = {
        guard let named = unsafe getenv("HEADROOM_TEST_COMMAND") else { return buildDirectory + "/headroom" }
        return unsafe String(cString: named)
    }()
}

import Foundation
import Glibc
import Probes

/// Cgroups that work all the time, and others that come and go beside them; all can be made to
/// stand still, so that the kernel's account and the agent's are of one moment.
final class HostileLoad {
    private static let written = 1 << 20
    private static let message = 200_000

    let parent: TestCgroup
    let busy: TestCgroup
    let network: TestCgroup
    let disk: TestCgroup
    private let churn: TestCgroup
    private let scratch: Scratch
    private let datagrams: DatagramSink
    private let messages: CountingSink
    private let file = Host.diskDirectory + "/" + TestCgroup.uniqueName("hostile-file")
    private var processes: [ChildProcess] = []

    /// By the order of `LifeWitness.Cgroup`.
    var paths: [String] { [parent.path, busy.path, network.path, disk.path] }

    init(_ scratch: Scratch, in root: TestCgroup) throws {
        self.scratch = scratch
        parent = try TestCgroup("load", in: root.path)
        busy = try TestCgroup("busy", in: parent.path)
        network = try TestCgroup("network", in: parent.path)
        disk = try TestCgroup("disk", in: parent.path)
        churn = try TestCgroup("churn", in: parent.path)
        datagrams = try DatagramSink()
        messages = try CountingSink(messageBytes: Self.message)
        guard unsafe mkfifo(scratch.path("pause"), 0o600) == 0 else { throw TestFailure("mkfifo: errno \(errno)") }
        // A pause without a process: nothing comes.
        let pause = "exec 9<>'\(scratch.path("pause"))'; pause() { read -t $1 -u 9; }"
        processes = [
            try start(
                "\(pause); while :; do n=$((RANDOM * 2 / \(Host.scale))); while ((n-- > 0)); do :; done; pause 0.$((RANDOM % 9)); done",
                in: busy),
            try start(
                """
                \(pause); exec 8<>/dev/udp/127.0.0.1/\(datagrams.port)
                while :; do for i in {1..20}; do printf '%\(700)s' '' >&8; done; pause 0.$((1 + RANDOM % 4)); done
                """, in: network),
            try start(
                """
                \(pause); n=0
                while :; do
                    dd if=/dev/zero of='\(file)' bs=1M count=1 oflag=direct conv=notrunc status=none && n=$((n + 1))
                    echo $n >'\(scratch.path("written"))'; pause 0.$((3 + RANDOM % 6))
                done
                """, in: disk),
            try start(
                """
                \(pause); n=0
                while :; do
                    n=$((n + 1)) group='\(parent.directory)'/brief-$n
                    mkdir $group
                    case $((n % 3)) in
                    0) ( echo $BASHPID >$group/cgroup.procs; for ((i = 0; i < \(5_000 / Host.scale); i++)); do :; done ) ;;
                    1) ( echo $BASHPID >$group/cgroup.procs; exec 3<>/dev/tcp/127.0.0.1/\(messages.port)
                         head -c \(Self.message) /dev/zero >&3; head -c 1 <&3 >/dev/null ) ;;
                    2) ( echo $BASHPID >$group/cgroup.procs; pause 0.3 ) ;;
                    esac
                    until rmdir $group 2>/dev/null; do pause 0.02; done
                    echo $n >'\(scratch.path("born"))'; pause 0.$((RANDOM % 6))
                done
                """, in: churn),
        ]
    }

    private func start(_ script: String, in cgroup: TestCgroup) throws -> ChildProcess {
        try ChildProcess(shell: "cd '\(scratch.directory)'; \(script)", in: cgroup)
    }

    private func counted(_ name: String) -> Int {
        (try? scratch.text(name)).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? 0
    }

    /// Cgroups that came and went.
    var born: Int { counted("born") }

    /// The kernel's own account; of bytes sent the receiver's, and of bytes written, without an io controller, the writer's.
    func amounts() throws -> Amounts {
        var amounts = Amounts()
        amounts[.cpuOfAll] = Int(try parent.cpuUsageNanoseconds)
        amounts[.cpuOfBusy] = Int(try busy.cpuUsageNanoseconds)
        amounts[.cpuOfNetwork] = Int(try network.cpuUsageNanoseconds)
        amounts[.cpuOfDisk] = Int(try disk.cpuUsageNanoseconds)
        amounts[.sent] = datagrams.bytes
        amounts[.written] = disk.ioStat("wbytes").map { Int($0) } ?? counted("written") * Self.written
        return amounts
    }

    /// Nobody in it runs when this returns, and what was sent has been taken.
    func freeze() throws {
        try TestCgroup.write("1", to: parent.directory + "/cgroup.freeze")
        for _ in 0..<200 * Host.scale where parent.number("frozen", of: "cgroup.events") != 1 { usleep(50_000) }
        guard parent.number("frozen", of: "cgroup.events") == 1 else { throw TestFailure("the load does not stand still") }
        // A request that was under way, and the receiver.
        usleep(250_000)
        var before = -1
        while before != datagrams.bytes {
            before = datagrams.bytes
            usleep(150_000)
        }
    }

    func thaw() throws { try TestCgroup.write("0", to: parent.directory + "/cgroup.freeze") }

    /// Ends it; it must not stand still.
    func end() {
        for process in processes { process.stop(SIGKILL) }
        for directory in (try? FileManager.default.contentsOfDirectory(atPath: parent.directory)) ?? []
        where directory.hasPrefix("brief-") {
            try? TestCgroup.write("1", to: "\(parent.directory)/\(directory)/cgroup.kill")
            for _ in 0..<100 where unsafe rmdir("\(parent.directory)/\(directory)") != 0 && errno == EBUSY { usleep(20_000) }
        }
        for cgroup in [busy, network, disk, churn, parent] { cgroup.remove() }
        datagrams.close()
        _ = messages.close()
        unsafe unlink(file)
    }
}

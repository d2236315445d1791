internal import Agent
internal import ArgumentParser
internal import Capacity
internal import Glibc
internal import Probes
internal import Settings

/// `headroom demo`: something to look at on an idle machine.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Make this host busy with several cgroups, so that there is something to look at.",
        discussion: """
            Makes cgroups below headroom-demo.slice and applications in them: a web service with a \
            day's wave (a day takes four minutes), a nightly batch, containers, a pair that talks over \
            loopback, a database that waits for the disk, a cache that grows. Together they never use \
            more than --cores and --memory, run behind everything else of the host (nice 10, lowest \
            weight), as the user nobody, and write at most half a MiB a second to a file of 32 MiB that \
            has no name. \
            Everything goes at the end, on Ctrl-C, and after a kill at the next start. It is not the \
            agent: run that beside it.

            EXAMPLES
              sudo headroom demo                         then elsewhere: sudo headroom run
              sudo headroom demo --cores 2 --memory 1GiB --duration 2h
              sudo headroom demo --day 20m --seed 7 --directory none
              sudo headroom demo --duration 60 --json
            """
    )

    @Option(
        help: ArgumentHelp(
            "CPU time that all of it uses at most. (default: half of the CPUs, at most 1)", valueName: "cores"))
    var cores: Double?

    @Option(
        help: ArgumentHelp("Memory that all of it takes at most. (default: 512MiB)", valueName: "size"),
        transform: { text in
            try Arguments.told { () throws(UnitArgument.Complaint) in
                try UnitArgument.bytes(text, in: DemoPlan.leastMemoryBytes...0x1p40)
            }
        })
    var memory: Double = 512 * 1_048_576

    @Option(
        help: ArgumentHelp("Stop by itself after this long. (default: 30m)", valueName: "duration"),
        transform: { text in
            try Arguments.told { () throws(UnitArgument.Complaint) in
                try UnitArgument.seconds(text, in: 1...86_400)
            }
        })
    var duration: Double = 1_800

    @Option(
        help: ArgumentHelp("How long a compressed day takes. (default: 4m)", valueName: "duration"),
        transform: { text in
            try Arguments.told { () throws(UnitArgument.Complaint) in
                try UnitArgument.seconds(text, in: 10...86_400)
            }
        })
    var day: Double = 240

    @Option(help: "What is random follows from this.")
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp(
            "Where the database's file is made; none: no disk load.", valueName: "directory"))
    var directory = "/var/tmp"

    @Option(help: ArgumentHelp("The cgroup that it makes and removes, at the root.", valueName: "name"))
    var parent = "headroom-demo.slice"

    @Flag(help: "One JSON object a line on standard output.")
    var json = false

    func validate() throws {
        if let cores, !(0.05...1024).contains(cores) {
            throw ValidationError("--cores: \(cores) is not within 0.05...1024")
        }
        let allowed = parent.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                || "-_.".utf8.contains(byte)
        }
        guard allowed, !parent.isEmpty, parent.utf8.count < 64, !parent.hasPrefix(".") else {
            throw ValidationError(
                "--parent: \"\(parent)\" is no name for it; expected small letters, digits, -, _ and ., such as headroom-demo.slice")
        }
        guard directory == "none" || directory.hasPrefix("/") else {
            throw ValidationError("--directory: \"\(directory)\" does not begin with /; expected a path, or none")
        }
    }

    func run() throws {
        guard geteuid() == 0 else {
            throw AgentError(.permission, "this needs root: run it with sudo (it makes cgroups)")
        }
        let mount = try Self.tree()
        let available = try Self.availableCores()
        let settings = DemoSettings(
            cores: cores ?? min(1, available / 2), memoryBytes: memory, durationSeconds: duration,
            daySeconds: day, seed: seed, fileDirectory: directory == "none" ? nil : directory)
        guard settings.cores <= available else {
            throw AgentError(
                .hostLacks, "--cores: \(settings.cores) is more than the \(available) CPUs that this process may use")
        }
        let tree = DemoTree(mountPoint: mount.mountPoint, name: parent)
        try clean(tree)
        // What the root hands down; the demo changes nothing outside of its own cgroup.
        let given = (try? TextFile.read(mount.mountPoint + "/cgroup.subtree_control")) ?? ""
        let plan = DemoPlan(
            cores: settings.cores, memoryBytes: settings.memoryBytes, seed: settings.seed,
            controllers: Set(given.split(whereSeparator: \.isWhitespace).map(String.init)), usesDisk: settings.fileDirectory != nil)
        try Demo(tree: tree, plan: plan, settings: settings, json: json).run()
    }

    private static func tree() throws(AgentError) -> CgroupTree {
        do throws(BPFError) {
            return try CgroupTree()
        } catch {
            throw AgentError(.hostLacks, "\(error)\n  `headroom doctor` says what this host offers")
        }
    }

    private static func availableCores() throws(AgentError) -> Double {
        do throws(HostFactsError) {
            return try HostFactsReader.cores()
        } catch {
            throw AgentError(.hostLacks, "\(error)")
        }
    }

    private func clean(_ tree: DemoTree) throws(AgentError) {
        switch tree.leftover {
        case .none: return
        case .running(let pid):
            throw AgentError(.failed, "a demo is running already, as process \(pid): end it, or give another --parent")
        case .foreign:
            throw AgentError(
                .failed, "\(tree.directory) is there and is not the demo's: give another name by --parent")
        case .stale:
            let left = tree.remove()
            guard left.isEmpty else {
                throw AgentError(.failed, "what an earlier demo left cannot be removed: \(left.joined(separator: ", "))")
            }
            StandardError.complain("removed what an earlier demo left in \(tree.path)")
        }
    }
}

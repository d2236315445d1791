internal import Agent
internal import Glibc

/// `headroom doctor --kubernetes` and `headroom plan --fleet` are `headroom-connect`'s: what speaks to a
/// cluster is a program of its own, so that the agent's has neither TLS nor HTTP clients in it.
enum ConnectHandover {
    private static let commands = [
        (command: "doctor", flag: "--kubernetes", subcommand: "doctor"),
        (command: "plan", flag: "--fleet", subcommand: "fleet"),
    ]

    /// What `headroom-connect` is to be called with instead; nil when the words are not for it.
    static func arguments(_ words: [String]) -> [String]? {
        guard let found = commands.first(where: { words.first == $0.command && words.contains($0.flag) })
        else { return nil }
        return [found.subcommand] + words.dropFirst().filter { $0 != found.flag }
    }

    /// Becomes `headroom-connect` where the words are for it; returns where they are not.
    /// - Parameter words: the command line without the program's name.
    static func becomeIfAsked(_ words: [String]) {
        guard let arguments = arguments(words) else { return }
        let name = "headroom-connect"
        var line = unsafe ([name] + arguments).map { unsafe strdup($0) } + [nil]
        if let beside = besideThis(name) { unsafe execv(beside, &line) }
        unsafe execvp(name, &line)
        StandardError.complain(notRun(errno))
        Glibc.exit(3)
    }

    /// Starts `headroom-connect` with its standard output in `output`. - Throws: when it cannot be run.
    static func start(_ arguments: [String], output: CInt) throws -> pid_t {
        let name = "headroom-connect"
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        var line = unsafe ([name] + arguments).map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe line.indices { unsafe free(line[index]) } }
        var child: pid_t = 0
        var code: CInt = ENOENT
        if let beside = besideThis(name) { code = unsafe posix_spawn(&child, beside, &actions, nil, &line, environ) }
        if code == ENOENT { code = unsafe posix_spawnp(&child, name, &actions, nil, &line, environ) }
        guard code == 0 else {
            throw AgentError(.hostLacks, notRun(code))
        }
        return child
    }

    private static func notRun(_ code: CInt) -> String {
        "headroom-connect, which this is for, cannot be run: \(unsafe String(cString: strerror(code))); it belongs beside `headroom` or on PATH"
    }

    /// In this program's own folder: what was installed together belongs together.
    private static func besideThis(_ name: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe readlink("/proc/self/exe", $0.baseAddress!, $0.count)
        }
        guard count > 0, let slash = buffer[..<count].lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return String(decoding: buffer[...slash], as: UTF8.self) + name
    }
}

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
        let reason = unsafe String(cString: strerror(errno))
        StandardError.complain(
            "\(name), which this is for, cannot be run: \(reason); it belongs beside `headroom` or on PATH")
        Glibc.exit(3)
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

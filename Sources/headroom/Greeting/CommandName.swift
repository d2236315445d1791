internal import Glibc

/// How this command is to be called where somebody is told to.
enum CommandName {
    /// `headroom` where it is on PATH; else this program's own path, from here where that is shorter:
    /// `.build/release/headroom` after `scripts/run`.
    static let typed: String = {
        let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
        let places = path.split(separator: ":") + ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin"]
        if places.contains(where: { unsafe access("\($0)/headroom", X_OK) == 0 }) { return "headroom" }
        guard let own = Directory.link("/proc/self/exe") else { return "headroom" }
        let here = Directory.link("/proc/self/cwd") ?? "/"
        return shortened(own, from: here) { unsafe access($0, X_OK) == 0 }
    }()

    /// - Parameter exists: whether a path leads to a program.
    static func shortened(_ path: String, from here: String, exists: (String) -> Bool) -> String {
        let base = here == "/" ? "/" : here + "/"
        guard path.hasPrefix(base), here != "/" else { return path }
        var parts = path.dropFirst(base.utf8.count).split(separator: "/")
        // SwiftPM's .build/release is a link to .build/TRIPLE/release.
        if parts.count == 4, parts[0] == ".build" {
            let direct = [parts[0], parts[2], parts[3]]
            if exists(base + direct.joined(separator: "/")) { parts = direct }
        }
        return (parts.count == 1 ? "./" : "") + parts.joined(separator: "/")
    }
}

internal import Glibc

/// Where a running agent shows itself: a lock that says it lives, and the shared table.
package struct RuntimeDirectory: Sendable {
    package let path: String
    package var tablePath: String { path + "/table" }
    package var lockPath: String { path + "/agent.lock" }

    /// `/run/headroom`, or what `HEADROOM_RUNTIME_DIRECTORY` names.
    package static var standard: RuntimeDirectory {
        guard let named = unsafe getenv("HEADROOM_RUNTIME_DIRECTORY") else {
            return RuntimeDirectory(path: "/run/headroom")
        }
        return RuntimeDirectory(path: unsafe String(cString: named))
    }

    package init(path: String) { self.path = path }
}

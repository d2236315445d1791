internal import Glibc

/// The process's environment.
package enum EnvironmentVariable {
    /// Nil when it is not set.
    package static func value(of name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// Its value, which no child of this process then gets; only while there is one thread.
    static func take(_ name: String) -> String? {
        defer { unsafe unsetenv(name) }
        return value(of: name)
    }
}

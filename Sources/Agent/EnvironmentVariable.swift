internal import Glibc

/// The process's environment.
package enum EnvironmentVariable {
    /// Nil when it is not set.
    package static func value(of name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}

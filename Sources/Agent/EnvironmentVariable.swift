internal import Glibc

/// The process's environment.
enum EnvironmentVariable {
    /// Nil when it is not set.
    static func value(of name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}

internal import Glibc

/// A system call on a file that failed.
package struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    package let call: String
    package let path: String
    package let code: CInt

    package init(call: String, path: String, code: CInt) {
        self.call = call
        self.path = path
        self.code = code
    }

    /// With what `errno` says now.
    package static func last(_ call: String, _ path: String) -> FileError {
        FileError(call: call, path: path, code: errno)
    }

    var isMissing: Bool { code == ENOENT }

    /// Whether another user might do it.
    package var isPermission: Bool { code == EPERM || code == EACCES }

    /// What the C library says about `code`.
    package var reason: String { unsafe String(cString: strerror(code)) }

    package var description: String { "\(call) \(path): \(reason)" }
}

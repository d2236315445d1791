internal import Glibc

/// What the C library says about its last failure.
enum SystemText {
    static func lastError() -> String {
        let code = errno
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}

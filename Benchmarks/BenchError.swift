internal import Glibc

/// A benchmark could not run.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// The failure that a call reported through `errno`.
    static func last(_ call: String, _ subject: String) -> BenchError {
        let reason = unsafe String(cString: strerror(errno))
        return BenchError("\(call) \(subject): \(reason)")
    }
}

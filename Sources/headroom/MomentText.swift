internal import Glibc

/// Moments for people.
enum MomentText {
    /// `2026-11-28 01:05:38`, local time, of Unix nanoseconds.
    static func date(_ nanoseconds: UInt64) -> String {
        var seconds = time_t(nanoseconds / 1_000_000_000)
        var local = unsafe tm()
        unsafe localtime_r(&seconds, &local)
        var buffer = [CChar](repeating: 0, count: 32)
        let count = unsafe strftime(&buffer, buffer.count, "%Y-%m-%d %H:%M:%S", &local)
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

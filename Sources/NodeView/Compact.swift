package import Aggregates
internal import Glibc

/// Figures in a few characters, for table cells.
package enum Compact {
    /// `0`, `812`, `1.2K`, `34M`: powers of 1024.
    package static func bytes(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        var scaled = value
        var unit = 0
        let units = ["", "K", "M", "G", "T", "P"]
        while scaled >= 1000, unit < units.count - 1 {
            scaled /= 1024
            unit += 1
        }
        return (scaled < 9.95 && unit > 0 ? fixed(scaled, 1) : fixed(scaled, 0)) + units[unit]
    }

    /// `0.00`, `1.25`, `12.5`, `128`.
    package static func cores(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        return fixed(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0)
    }

    package static func value(_ value: Double?, _ resource: Resource) -> String {
        guard let value else { return "-" }
        return resource == .cpu ? cores(value) : bytes(value)
    }

    package static func percent(_ share: Double) -> String { fixed(share * 100, 1) + " %" }

    /// `850 ns`, `12 µs`, `1.3 ms`, `2.0 s`.
    package static func duration(nanoseconds: Double) -> String {
        switch nanoseconds {
        case ..<1e3: fixed(nanoseconds, 0) + " ns"
        case ..<1e6: fixed(nanoseconds / 1e3, nanoseconds < 1e4 ? 1 : 0) + " µs"
        case ..<1e9: fixed(nanoseconds / 1e6, nanoseconds < 1e7 ? 1 : 0) + " ms"
        default: fixed(nanoseconds / 1e9, 1) + " s"
        }
    }

    /// A share in percent, without the sign: `0`, `0.4`, `42`.
    package static func share(_ share: Double) -> String {
        guard share.isFinite else { return "-" }
        return share < 0.0005 ? "0" : fixed(share * 100, share < 0.0995 ? 1 : 0)
    }

    /// Waiting time a second: `0ms`, `41ms`, `8.6s`.
    package static func wait(secondsPerSecond: Double) -> String {
        guard secondsPerSecond.isFinite else { return "-" }
        if secondsPerSecond == 0 { return "0" }
        return wait(of: secondsPerSecond)
    }

    private static func wait(of secondsPerSecond: Double) -> String {
        secondsPerSecond < 0.9995
            ? fixed(secondsPerSecond * 1000, secondsPerSecond < 0.00995 ? 1 : 0) + "ms"
            : fixed(secondsPerSecond, secondsPerSecond < 99.95 ? 1 : 0) + "s"
    }

    /// `01:02:03`.
    package static func clock(seconds: Int) -> String {
        [seconds / 3600, seconds / 60 % 60, seconds % 60].map { padded($0) }.joined(separator: ":")
    }

    /// Local time of day of Unix nanoseconds.
    package static func timeOfDay(_ nanoseconds: UInt64) -> String {
        var time = time_t(nanoseconds / 1_000_000_000)
        var parts = unsafe tm()
        unsafe localtime_r(&time, &parts)
        let fields = unsafe [parts.tm_hour, parts.tm_min, parts.tm_sec]
        return fields.map { padded(Int($0)) }.joined(separator: ":")
    }

    private static func padded(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }

    package static func fixed(_ value: Double, _ decimals: Int) -> String {
        let power = (0..<decimals).reduce(1.0) { power, _ in power * 10 }
        let scaled = (value.magnitude * power).rounded()
        guard scaled < 9e15 else { return String(value) }
        let sign = value < 0 && scaled > 0 ? "-" : ""
        let whole = Int(scaled)
        guard decimals > 0 else { return sign + String(whole) }
        let fraction = String(whole % Int(power))
        let zeros = String(repeating: "0", count: decimals - fraction.count)
        return sign + String(whole / Int(power)) + "." + zeros + fraction
    }

    /// `2026-11-28 01:05:38`, local time, of Unix nanoseconds.
    package static func date(_ nanoseconds: UInt64) -> String {
        var seconds = time_t(nanoseconds / 1_000_000_000)
        var local = unsafe tm()
        unsafe localtime_r(&seconds, &local)
        var buffer = [CChar](repeating: 0, count: 32)
        let count = unsafe strftime(&buffer, buffer.count, "%Y-%m-%d %H:%M:%S", &local)
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

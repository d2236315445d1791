internal import Glibc

/// The present as Kubernetes writes it in leases: `2026-11-27T18:00:00.000000Z`.
package enum WallClock {
    package static func text() -> String {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return text(seconds: Int64(now.tv_sec), microseconds: Int(now.tv_nsec / 1_000))
    }

    static func text(seconds: Int64, microseconds: Int) -> String {
        var time = time_t(seconds)
        var parts = tm()
        unsafe gmtime_r(&time, &parts)
        func padded(_ value: Int, _ digits: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        return padded(Int(parts.tm_year) + 1_900, 4) + "-" + padded(Int(parts.tm_mon) + 1, 2) + "-"
            + padded(Int(parts.tm_mday), 2) + "T" + padded(Int(parts.tm_hour), 2) + ":"
            + padded(Int(parts.tm_min), 2) + ":" + padded(Int(parts.tm_sec), 2) + "."
            + padded(microseconds, 6) + "Z"
    }
}

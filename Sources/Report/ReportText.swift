internal import Aggregates
internal import Glibc

/// Numbers and times as a report shows them.
enum ReportText {
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "\"": escaped += "&quot;"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value): escaped += "?"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// Three digits.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let magnitude = value.magnitude
        return fixed(value, magnitude >= 100 || magnitude == 0 ? 0 : magnitude >= 10 ? 1 : 2)
    }

    static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return "–" }
        let scale = pow(10, Double(digits))
        let scaled = Int64((value.magnitude * scale).rounded())
        let whole = scaled / Int64(scale)
        let sign = value < 0 && scaled > 0 ? "−" : ""
        guard digits > 0 else { return "\(sign)\(whole)" }
        let rest = String(scaled % Int64(scale))
        return "\(sign)\(whole)." + String(repeating: "0", count: digits - rest.count) + rest
    }

    static func amount(_ value: Double, _ resource: Resource) -> String {
        guard resource != .cpu else { return number(value) + " cores" }
        let isRate = resource != .memory
        let units = isRate ? ["B/s", "KiB/s", "MiB/s", "GiB/s"] : ["B", "KiB", "MiB", "GiB", "TiB"]
        var scaled = value
        var unit = 0
        while scaled >= 1000, unit < units.count - 1 {
            scaled /= 1024
            unit += 1
        }
        return number(scaled) + " " + units[unit]
    }

    static func percent(_ share: Double, digits: Int = 1) -> String { fixed(share * 100, digits) + " %" }

    static func span(_ seconds: Double) -> String {
        switch seconds {
        case ..<120: number(seconds) + " s"
        case ..<7200: fixed(seconds / 60, 0) + " min"
        case ..<172_800: fixed(seconds / 3600, 1) + " h"
        default: fixed(seconds / 86_400, 1) + " days"
        }
    }

    /// Seconds that local time is ahead of UTC then.
    static func offset(at seconds: Int64) -> Int64 {
        var seconds = time_t(seconds)
        var local = unsafe tm()
        unsafe localtime_r(&seconds, &local)
        return unsafe Int64(local.tm_gmtoff)
    }

    /// `2026-11-28 14:30`, local.
    static func time(_ nanoseconds: UInt64, format: String = "%Y-%m-%d %H:%M") -> String {
        var seconds = time_t(nanoseconds / 1_000_000_000)
        var local = unsafe tm()
        unsafe localtime_r(&seconds, &local)
        var buffer = [CChar](repeating: 0, count: 64)
        let count = unsafe strftime(&buffer, buffer.count, format, &local)
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

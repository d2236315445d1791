package import Aggregates

/// Numbers with units as people read them: `11.4 cores`, `1.5 GiB`, `820 KiB/s`.
package enum Quantity {
    /// `value`, in the resource's own unit, scaled to the largest unit in which it is at least 1.
    package static func text(_ value: Double, of resource: Resource) -> String {
        switch resource {
        case .cpu: number(value) + " cores"
        case .requests: number(value) + " requests/s"
        case .memory: binary(value, suffix: "")
        case .networkReceive, .networkTransmit, .diskRead, .diskWrite:
            binary(value, suffix: "/s")
        }
    }

    /// Three significant figures or so: `118`, `11.4`, `9.0`, `1.25`, `0.004`.
    package static func number(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "unlimited" }
        let magnitude = value.magnitude
        guard magnitude < 1e15 else { return "\(value)" }
        let decimals = magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : magnitude >= 0.0995 ? 2 : 3
        return fixed(value, decimals: decimals)
    }

    /// As `number`, and two significant figures of what is small: `0.38`, `0.0021`, `4.5e-07`.
    package static func price(_ value: Double) -> String {
        guard value.isFinite, value != 0, value.magnitude < 0.0995 else { return number(value) }
        var scale = 1.0
        while (value * scale).magnitude < 9.95 { scale *= 10 }
        return "\((value * scale).rounded() / scale)"
    }

    /// `0.95` as `p95`, `0.999` as `p99.9`.
    package static func percentile(_ fraction: Double) -> String { "p" + percent(fraction) }

    /// `0.95` as `95 %`, `0.999` as `99.9 %`.
    package static func percentage(_ fraction: Double) -> String { percent(fraction) + " %" }

    /// `300 s`, `0.5 s`.
    package static func seconds(_ nanoseconds: Int64) -> String {
        let value = Double(nanoseconds) / 1e9
        return value == value.rounded() ? "\(Int(value)) s" : number(value) + " s"
    }

    private static func percent(_ fraction: Double) -> String {
        // Of a table or a history: not a number, or beyond any.
        guard fraction.magnitude < 1e12 else { return "?" }
        let tenths = Int((fraction * 1_000).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }

    private static func binary(_ value: Double, suffix: String) -> String {
        guard value.isFinite else { return number(value) }
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        var scaled = value
        var index = 0
        while scaled.magnitude >= 1_024 && index < units.count - 1 {
            scaled /= 1_024
            index += 1
        }
        let isCount = index == 0 && scaled == scaled.rounded()
        let digits = isCount ? "\(Int(scaled))" : number(scaled)
        return digits + " " + units[index] + suffix
    }

    /// Trailing zeros go, but one decimal stays, so that 9.0 does not look like a count.
    private static func fixed(_ value: Double, decimals: Int) -> String {
        var power = 1
        for _ in 0..<decimals { power *= 10 }
        let units = Int((value.magnitude * Double(power)).rounded())
        let sign = value < 0 && units != 0 ? "-" : ""
        guard decimals > 0 else { return sign + "\(units)" }
        var digits = "\(units % power)"
        while digits.utf8.count < decimals { digits = "0" + digits }
        while digits.utf8.count > 1 && digits.utf8.last == UInt8(ascii: "0") { digits.removeLast() }
        return sign + "\(units / power)." + digits
    }
}

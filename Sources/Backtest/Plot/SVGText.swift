internal import Aggregates

/// Numbers, times and names as they stand in a picture.
enum SVGText {
    /// Month, day and time of day, UTC, as far as marks that are `step` seconds apart need them; the days of a
    /// year as Howard Hinnant's `civil_from_days` counts them.
    static func time(_ seconds: Int64, step: Int64) -> String {
        let second = (seconds % 86_400 + 86_400) % 86_400
        let days = (seconds - second) / 86_400 + 719_468
        let dayOfEra = (days % 146_097 + 146_097) % 146_097
        let year = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let march = (5 * dayOfYear + 2) / 153
        let two = { (number: Int64) in number < 10 ? "0\(number)" : "\(number)" }
        let date = "\(two((march + 2) % 12 + 1))-\(two(dayOfYear - (153 * march + 2) / 5 + 1))"
        guard step % 86_400 != 0 else { return date }
        let time = "\(two(second / 3_600)):\(two(second / 60 % 60))"
        return step % 60 == 0 ? "\(date) \(time)" : "\(time):\(two(second % 60))"
    }

    static func quantity(_ value: Double, _ resource: Resource) -> String {
        let (units, base): ([String], Double) =
            switch resource {
            case .cpu: ([" cores"], 1)
            case .memory: ([" B", " KiB", " MiB", " GiB", " TiB"], 1_024)
            case .networkReceive, .networkTransmit, .diskRead, .diskWrite:
                ([" B/s", " kB/s", " MB/s", " GB/s"], 1_000)
            case .requests: ([" /s", " k/s", " M/s"], 1_000)
            }
        var value = value
        var unit = 0
        while value >= base && unit < units.count - 1 {
            value /= base
            unit += 1
        }
        return number(value) + units[unit]
    }

    /// One decimal from 10 up, three below.
    static func number(_ value: Double) -> String {
        let scale = value.magnitude >= 10 ? 10.0 : 1_000.0
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() && rounded.magnitude < 1e15
            ? "\(Int(rounded))" : "\(rounded)"
    }

    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": escaped += "&lt;"
            case "&": escaped += "&amp;"
            case _ where scalar.value < 0x20: escaped += "?"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

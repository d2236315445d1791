internal import Glibc

/// A moment as people write it.
package enum HistoryTime {
    package static let expected =
        "a span before now such as 90s, 30m, 6h or 7d, a local time such as 14:30, 2026-11-28 or 2026-11-28T14:30, the same in UTC with Z behind it, or Unix seconds from 100000000 on"

    /// Smaller ones are rather meant otherwise.
    private static let unixSeconds: Range<UInt64> = 100_000_000..<9_000_000_000

    /// Unix nanoseconds, as `now` is; nil when it is none of `expected`.
    package static func parse(_ text: String, now: UInt64) -> UInt64? {
        if text == "now" { return now }
        if let span = span(text) { return now >= span ? now - span : 0 }
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seconds = UInt64(text) {
            return unixSeconds.contains(seconds) ? seconds * 1_000_000_000 : nil
        }
        return calendar(text, now: now)
    }

    /// Nanoseconds of `90s`, `30m`, `6h`, `7d`, `52w`; nil when it is none.
    package static func span(_ text: String) -> UInt64? {
        let units: [Character: UInt64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]
        guard let unit = text.last.flatMap({ units[$0] }), let number = Double(text.dropLast()), number >= 0,
            number * Double(unit) < 9e9
        else { return nil }
        return UInt64(number * Double(unit) * 1e9)
    }

    /// `[YYYY-MM-DD][T][HH:MM[:SS]][Z]`.
    private static func calendar(_ text: String, now: UInt64) -> UInt64? {
        let isUTC = text.hasSuffix("Z")
        let parts = (isUTC ? text.dropLast() : text[...]).split(
            omittingEmptySubsequences: false, whereSeparator: { $0 == "T" || $0 == " " })
        guard parts.count == 1 || parts.count == 2 else { return nil }
        var date: [Int]?
        var clock: [Int]?
        for part in parts {
            if date == nil, clock == nil, let found = numbers(part, "-", [4, 2, 2]), found.count == 3 {
                guard (1970...2200).contains(found[0]), (1...12).contains(found[1]), (1...31).contains(found[2])
                else { return nil }
                date = found
            } else if clock == nil, let found = numbers(part, ":", [2, 2, 2]), found.count >= 2 {
                guard found[0] < 24, found[1] < 60, found.count < 3 || found[2] < 60 else { return nil }
                clock = found
            } else {
                return nil
            }
        }
        guard let seconds = seconds(date, clock ?? [0, 0], isUTC, now / 1_000_000_000) else { return nil }
        // A time of day is of the last time that it was.
        let back: UInt64 = date == nil && seconds > now / 1_000_000_000 ? 86_400 : 0
        return (seconds - back) * 1_000_000_000
    }

    /// Unix seconds of a date, or of today. - Returns: nil where there is no such day.
    private static func seconds(_ date: [Int]?, _ clock: [Int], _ isUTC: Bool, _ now: UInt64) -> UInt64? {
        var present = time_t(now)
        var moment = unsafe tm()
        if isUTC { unsafe gmtime_r(&present, &moment) } else { unsafe localtime_r(&present, &moment) }
        if let date {
            unsafe moment.tm_year = CInt(date[0] - 1900)
            unsafe moment.tm_mon = CInt(date[1] - 1)
            unsafe moment.tm_mday = CInt(date[2])
        }
        unsafe moment.tm_hour = CInt(clock[0])
        unsafe moment.tm_min = CInt(clock[1])
        unsafe moment.tm_sec = CInt(clock.count > 2 ? clock[2] : 0)
        unsafe moment.tm_isdst = -1
        let seconds = isUTC ? unsafe timegm(&moment) : unsafe mktime(&moment)
        // A 31st of June has become a 1st of July.
        if let date, unsafe moment.tm_mday != CInt(date[2]) { return nil }
        return seconds > 86_400 ? UInt64(seconds) : nil
    }

    private static func numbers(_ text: Substring, _ separator: Character, _ digits: [Int]) -> [Int]? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        guard parts.count <= digits.count else { return nil }
        var values: [Int] = []
        for (part, count) in zip(parts, digits) {
            guard part.utf8.count == count, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(part)
            else { return nil }
            values.append(value)
        }
        return values
    }
}

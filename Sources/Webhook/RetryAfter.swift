/// `Retry-After` in both of its forms (RFC 9110, 10.2.3).
enum RetryAfter {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// - Parameter now: Unix seconds.
    /// - Returns: nil for what is neither; at most a day.
    static func parse(_ text: String, now: Int64) -> Duration? {
        if let seconds = Int64(text) { return .seconds(min(max(seconds, 0), 86_400)) }
        guard let date = unixSeconds(text) else { return nil }
        return .seconds(min(max(date - now, 0), 86_400))
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    private static func unixSeconds(_ text: String) -> Int64? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let day = Int64(words[1]), (1...31).contains(day),
            let month = months.firstIndex(of: String(words[2])), let year = Int64(words[3]),
            (1970...9999).contains(year)
        else { return nil }
        let time = words[4].split(separator: ":").compactMap { Int64($0) }
        guard time.count == 3, (0...23).contains(time[0]), (0...59).contains(time[1]), (0...60).contains(time[2])
        else { return nil }
        // Days from the civil calendar (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
        let shifted = month < 2 ? year - 1 : year
        let era = shifted / 400
        let ofEra = shifted - era * 400
        let ofYear = (153 * Int64((month + 10) % 12) + 2) / 5 + day - 1
        let days = era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
        return days * 86_400 + time[0] * 3_600 + time[1] * 60 + time[2]
    }
}

/// How closely a file looks.
package enum HistoryTier: String, CaseIterable, Sendable {
    /// Every window as it was: kept as long as there is room.
    case fine
    /// Minutes: means and peaks, forecasts, plans and their reasons, events. Kept for the whole time.
    case coarse

    /// A file is closed and compressed when it holds so much, bytes.
    var fileBytes: Int { 4 << 20 }

    /// Or when it is so old: what is lost with a damaged file is bounded, and so is what a reader that looks for a
    /// moment has to read. Milliseconds.
    var fileMilliseconds: Int64 { self == .fine ? 3_600_000 : 6 * 3_600_000 }
}

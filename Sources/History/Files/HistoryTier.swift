/// How closely a file looks.
package enum HistoryTier: String, CaseIterable, Sendable {
    /// Every window as it was: kept as long as there is room.
    case fine
    /// Minutes: means and peaks, forecasts, plans and their reasons, events. Kept for the whole time.
    case coarse

    /// A file is closed when it is so old, however little it holds, milliseconds.
    var fileMilliseconds: Int64 { self == .fine ? 3_600_000 : 6 * 3_600_000 }
}

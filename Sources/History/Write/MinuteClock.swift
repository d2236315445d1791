/// When minutes end, by the ticks that come. One thread.
///
/// A tick is of the minute in which its middle lies, as readers have it: so a tick that ends some milliseconds before or
/// after a whole minute is of the same one. Each minute ends once, however late or early a tick is.
struct MinuteClock {
    /// What a tick does to minutes.
    struct Turn: Equatable {
        /// The minute before is over and has not been ended: this tick, or one before it, was late.
        var isOver: Bool
        /// The next tick, if it is in time, is of another minute.
        var isLast: Bool
    }

    private static let minute: UInt64 = 60_000_000_000
    /// Between ticks, nanoseconds.
    private let interval: UInt64
    /// Minutes of Unix time; nil before the first tick.
    private var underWay: UInt64?
    private var lastEnd: UInt64 = 0

    init(interval: UInt64) { self.interval = interval }

    /// - Parameter end: of a tick, Unix nanoseconds.
    func turn(at end: UInt64) -> Turn {
        let number = minute(of: end)
        let isLast = minute(of: end + interval) != number
        guard let underWay, number != underWay else { return Turn(isOver: false, isLast: isLast) }
        if isEarly(end) { return Turn(isOver: false, isLast: false) }
        return Turn(isOver: true, isLast: isLast)
    }

    mutating func take(_ end: UInt64) -> Turn {
        let turn = turn(at: end)
        if !isEarly(end) { underWay = minute(of: end) + (turn.isLast ? 1 : 0) }
        lastEnd = end
        return turn
    }

    /// Still of the minute that was ended by the tick before: it counts in the next. A clock that was set back is no such tick.
    private func isEarly(_ end: UInt64) -> Bool { minute(of: end) + 1 == underWay && end > lastEnd }

    private func minute(of end: UInt64) -> UInt64 { (end - min(end, min(interval, Self.minute) / 2)) / Self.minute }
}

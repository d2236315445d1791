/// The six hours of minutes that one imported file may be about: so a reader knows by a file's name alone what it
/// can have, and an import needs to remember the minutes of one block at a time.
///
/// A minute is numbered by the Unix time of its beginning.
enum ImportedBlock {
    static let minutes: UInt64 = 360
    static let minuteNanoseconds: UInt64 = 60_000_000_000

    static func number(of minute: UInt32) -> UInt64 { UInt64(minute) / minutes }

    /// Of a minute that ends then.
    static func number(ofEnd nanoseconds: UInt64) -> UInt64 {
        (max(1, nanoseconds / minuteNanoseconds) - 1) / minutes
    }

    static func end(of minute: UInt32) -> UInt64 { (UInt64(minute) + 1) * minuteNanoseconds }

    /// The ends of its first and last minute.
    static func first(of block: UInt64) -> UInt64 { (block * minutes + 1) * minuteNanoseconds }
    static func last(of block: UInt64) -> UInt64 { (block + 1) * minutes * minuteNanoseconds }
}

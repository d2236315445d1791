/// What one season says about now and about the lead time.
struct SeasonView: BitwiseCopyable, Sendable, Equatable {
    /// Usual level at this phase; negative while the season sleeps.
    var now: Float = -1
    /// Usual level at the end of the lead time.
    var ahead: Float = 0
    /// Usual maximum within the lead time.
    var peak: Float = 0

    init() {}

    /// True once the slots now and at the end of the lead time were filled in an earlier period.
    var isAwake: Bool { now >= 0 }
}

/// What one season says about now and about the lead time.
struct SeasonView: Sendable {
    /// True once the slots now and at the end of the lead time were filled in an earlier period.
    var isAwake = false
    /// Usual level at this phase.
    var now: Float = 0
    /// Usual level at the end of the lead time.
    var ahead: Float = 0
    /// Usual maximum within the lead time.
    var peak: Float = 0
}

/// What the daily profile says about now and about the lead time.
struct SeasonView {
    /// True once the slot at the end of the lead time was filled on an earlier day.
    var isAwake = false
    /// Usual level at this time of day.
    var now: Float = 0
    /// Usual level at the end of the lead time.
    var ahead: Float = 0
    /// Usual maximum within the lead time.
    var peak: Float = 0
}

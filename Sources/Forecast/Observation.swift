/// One sample of one series, as the windows deliver it.
package struct Observation: Sendable, Hashable {
    /// Unix time in nanoseconds. The daily season is read from it, so it is never a boot clock.
    package let timeNanoseconds: Int64
    /// Demand in the series' own unit; the forecaster is scale-free. Not negative.
    package let value: Double
    /// Share of the window that was really observed, `0...1`; learning is weighted by it.
    package let coverage: Double

    package init(timeNanoseconds: Int64, value: Double, coverage: Double = 1) {
        self.timeNanoseconds = timeNanoseconds
        self.value = value
        self.coverage = coverage
    }
}

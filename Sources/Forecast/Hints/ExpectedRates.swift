/// Requests a second that an application has now, and what is expected of it.
package struct ExpectedRates: Sendable, Hashable {
    /// Most points that are kept.
    package static let limit = 64

    /// What is expected `aheadNanoseconds` from now.
    package struct Point: Sendable, Hashable {
        package var aheadNanoseconds: Int64
        package var rate: Double

        package init(aheadNanoseconds: Int64, rate: Double) {
            self.aheadNanoseconds = aheadNanoseconds
            self.rate = rate
        }
    }

    /// Now; finite, not negative.
    package var rate: Double
    /// At most `limit`, in any order.
    package var points: [Point]

    package init(rate: Double, points: [Point] = []) {
        self.rate = rate
        self.points = points
    }

    /// The highest rate of the points within `lead` from now; nil when none lies in it.
    package func peak(within lead: Int64) -> Double? {
        points.filter { (0...lead).contains($0.aheadNanoseconds) }.map(\.rate).max()
    }
}

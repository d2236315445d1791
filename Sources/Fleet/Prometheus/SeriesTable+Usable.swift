extension SeriesTable.Point {
    /// Whether it can be of something that is used: what `headroom import` takes too. More is none's, and sums and quantiles of
    /// such would be infinite. NaN is not.
    var isUsable: Bool { value >= 0 && value < 1e18 }
}

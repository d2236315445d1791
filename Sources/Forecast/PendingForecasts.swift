/// The forecasts of one horizon whose lead time has not passed yet: what the experts said, and
/// the peak of the block of samples that each began. Touched once a block, not once a sample.
///
/// A forecast's label is the maximum over its own block and all later ones, so a sample only
/// ever raises the open block's peak, which the `HorizonForecaster` holds.
struct PendingForecasts: BitwiseCopyable, Sendable {
    static let limit = 6

    /// Centers as differences from the value at the time.
    private var differences = InlineArray<6, PackedHalves>(repeating: PackedHalves())
    /// When each was issued, Unix nanoseconds.
    private var issuedNanoseconds = InlineArray<6, Int64>(repeating: 0)
    /// The sample it was issued after.
    private var values = InlineArray<6, Float>(repeating: 0)
    /// Volatility at the time.
    private var volatilities = InlineArray<6, Float>(repeating: 0)
    /// Highest value of the block; 0 without samples.
    private var peaks = InlineArray<6, Float>(repeating: 0)
    /// Sum of the coverage of the block's samples; negative without samples.
    private var coverages = InlineArray<6, Float>(repeating: 0)

    init() {}

    /// Keeps what is issued now. The block before it must be closed.
    @inline(__always)
    mutating func keep(
        slot: Int,
        now: Int64,
        value: Float,
        apart: Lanes,
        volatility: Float
    ) {
        issuedNanoseconds[slot] = now
        differences[slot] = PackedHalves(apart)
        values[slot] = value
        volatilities[slot] = volatility
    }

    /// Ends the block that the forecast in `slot` began.
    mutating func close(slot: Int, _ block: OpenBlock) {
        peaks[slot] = block.peak
        coverages[slot] = block.coverage
    }

    /// The block that the forecast in `slot` began.
    func block(_ slot: Int) -> OpenBlock { OpenBlock(peak: peaks[slot], coverage: coverages[slot]) }

    func issuedNanoseconds(_ slot: Int) -> Int64 { issuedNanoseconds[slot] }

    func value(_ slot: Int) -> Float { values[slot] }

    func volatility(_ slot: Int) -> Float { volatilities[slot] }

    @inline(__always)
    func centers(_ slot: Int) -> Lanes { differences[slot].lanes + values[slot] }

    /// False for what no samples lead to.
    var isSound: Bool {
        (0..<Self.limit).allSatisfy { slot in
            holdsFloats(centers(slot)) && values[slot].magnitude <= largestLevel
                && volatilities[slot].magnitude <= largestIssued && block(slot).isSound
        }
    }
}

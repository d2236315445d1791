/// Conformal feedback around the executed plan: an amount to add to every forecast so that
/// capacity, as it really came, covers demand as often as the newsvendor fraction asks.
///
/// Each interval moves the correction by `gain × (missed − (1 − fraction))` in units of the
/// series' own scale (adaptive conformal inference, Gibbs and Candès, 2021). What is judged is
/// the capacity that was there, with chunks, hysteresis and late grants, not the raw forecast:
/// so idle capacity that hysteresis leaves anyway is not bought a second time. Labels arrive one
/// lead time late, so the gain shrinks with the square root of the lead in intervals; the bound
/// keeps a long outage or a dead provider from buying the world.
struct ExecutionCorrection: Sendable {
    /// Step per interval at a lead of one interval, in scales.
    static let gain = 0.02
    /// The correction stays within this many scales.
    static let bounds = -3.0...4.0
    /// Weight of the newest move in the scale.
    static let scaleGain = 0.05

    private let missShare: Double
    private let leadTimeNanoseconds: Int64
    private var steps = 0.0
    private var scale: Double?
    private var lastDemand: Double?

    init(fraction: Double, leadTimeNanoseconds: Int64) {
        missShare = 1 - fraction
        self.leadTimeNanoseconds = leadTimeNanoseconds
    }

    /// What to add to the forecast, in the resource's unit.
    var amount: Double { steps * (scale ?? 0) }

    /// Follows how far demand moves and how far forecasts stand off it.
    mutating func track(demand: Double, forecast: Double?) {
        let move = lastDemand.map { (demand - $0).magnitude } ?? 0
        let distance = forecast.map { ($0 - demand).magnitude } ?? 0
        lastDemand = demand
        let size = max(move, distance)
        scale = scale.map { $0 + ExecutionCorrection.scaleGain * (size - $0) } ?? size
    }

    /// Learns from one interval of the executed plan.
    mutating func learn(missed: Bool, durationNanoseconds: Int64) {
        let intervals = max(1, Double(leadTimeNanoseconds) / Double(durationNanoseconds))
        let step = ExecutionCorrection.gain / intervals.squareRoot()
        let moved = steps + step * ((missed ? 1 : 0) - missShare)
        steps = min(
            ExecutionCorrection.bounds.upperBound,
            max(ExecutionCorrection.bounds.lowerBound, moved)
        )
    }

    /// What was learned; what demand was last is not.
    mutating func pass(_ words: inout LearnedWords) {
        words.pass(&steps, Self.bounds)
        var known = scale ?? -1
        words.pass(&known, -1...1e150)
        scale = known < 0 ? nil : known
    }
}

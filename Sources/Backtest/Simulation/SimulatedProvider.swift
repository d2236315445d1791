/// Somebody who gives capacity late, in part, or not at all, as real providers do.
///
/// What it does with a request depends on its seed and on how many requests came before, and on
/// nothing else.
struct SimulatedProvider {
    /// How many requests for more there were, and what became of them.
    private(set) var tally = RequestTally()
    private let lead: LeadModel
    private let failures: FailureShares
    private var timeline: CapacityTimeline
    private var generator: SplitMix64

    init(lead: LeadModel, failures: FailureShares, ready: Double, seed: UInt64) {
        self.lead = lead
        self.failures = failures
        timeline = CapacityTimeline(ready: ready)
        generator = SplitMix64(seed: seed)
    }

    /// Usable now.
    var ready: Double { timeline.ready }
    /// Granted and not usable yet.
    var pending: Double { timeline.pending }
    var total: Double { timeline.total }

    mutating func advance(to time: Int64) { timeline.advance(to: time) }

    /// Asks for a new total at `time`.
    /// - Returns: whether a request for more was refused; `nil` for less.
    mutating func request(_ wanted: Double, at time: Int64) -> Bool? {
        let extra = wanted - timeline.total
        guard extra > 0 else {
            timeline.want(wanted, dueNanoseconds: time)
            return nil
        }
        tally.asked += 1
        // One number decides, so that a share of 0 leaves all other draws as they are.
        let fate = failures == .none ? 1 : generator.unit()
        let duration = lead.draw(&generator)
        var factor: Int64 = 1
        var granted = wanted
        if fate < failures.denied {
            tally.denied += 1
            return true
        } else if fate < failures.denied + failures.partial {
            tally.partial += 1
            granted = timeline.total + generator.unit() * extra
        } else if fate < failures.denied + failures.partial + failures.late {
            tally.late += 1
            factor = FailureShares.lateFactor
        }
        let (delay, _) = duration.multipliedReportingOverflow(by: factor)
        timeline.want(granted, dueNanoseconds: time + delay)
        return false
    }
}

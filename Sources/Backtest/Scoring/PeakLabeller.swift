/// Pairs each forecast with the peak over its lead time, once that has passed.
///
/// Memory is bounded by the samples within one horizon. A horizon shorter than the step means
/// one step; a gap longer than that gives no label.
package struct PeakLabeller<Payload> {
    private struct Waiting {
        let issuedSeconds: Int64
        let payload: Payload
        var peak: Double?
    }

    package let horizonSeconds: Int64
    /// Typical seconds between samples.
    package let stepSeconds: Int64
    private var waiting: [Waiting] = []
    private var head = 0

    package init(horizonSeconds: Int64, stepSeconds: Int64) {
        self.horizonSeconds = horizonSeconds
        self.stepSeconds = stepSeconds
    }

    /// A sample came: returns every forecast whose label is now complete, with that label.
    package mutating func observe(
        timeSeconds: Int64,
        value: Double
    ) -> [(payload: Payload, peak: Double)] {
        var matured: [(payload: Payload, peak: Double)] = []
        for index in head..<waiting.count {
            let age = timeSeconds - waiting[index].issuedSeconds
            let isNextStep = waiting[index].peak == nil && 2 * age <= 3 * stepSeconds
            if age <= horizonSeconds || isNextStep {
                waiting[index].peak = max(waiting[index].peak ?? value, value)
            }
        }
        while head < waiting.count,
            timeSeconds - waiting[head].issuedSeconds >= horizonSeconds
        {
            if let peak = waiting[head].peak { matured.append((waiting[head].payload, peak)) }
            head += 1
        }
        if head > 64 && 2 * head > waiting.count {
            waiting.removeFirst(head)
            head = 0
        }
        return matured
    }

    /// A forecast was made after the sample at `timeSeconds`.
    package mutating func issue(timeSeconds: Int64, payload: Payload) {
        waiting.append(Waiting(issuedSeconds: timeSeconds, payload: payload, peak: nil))
    }
}

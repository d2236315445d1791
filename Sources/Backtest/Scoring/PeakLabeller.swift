/// Pairs each forecast with the peak over its lead time, once that has passed.
///
/// O(1) a sample on average; memory is bounded by the samples within one horizon. A horizon
/// shorter than the step means one step; a gap longer than that gives no label.
package struct PeakLabeller<Payload> {
    private struct Waiting {
        let issuedSeconds: Int64
        let payload: Payload
    }

    private struct Sample {
        let timeSeconds: Int64
        let value: Double
    }

    package let horizonSeconds: Int64
    /// Typical seconds between samples.
    package let stepSeconds: Int64
    private var waiting = Queue<Waiting>()
    /// Samples that no later one exceeds: times increase, values fall.
    private var peaks = Queue<Sample>()

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
        while let first = waiting.first {
            let age = timeSeconds - first.issuedSeconds
            guard age >= horizonSeconds else { break }
            waiting.removeFirst()
            while let peak = peaks.first, peak.timeSeconds <= first.issuedSeconds {
                peaks.removeFirst()
            }
            // Only a sample at the very end of the lead time belongs to it, or the next one.
            let earlier = peaks.first?.value
            let isNextStep = earlier == nil && 2 * age <= 3 * stepSeconds
            if age == horizonSeconds || isNextStep {
                matured.append((first.payload, max(earlier ?? value, value)))
            } else if let earlier {
                matured.append((first.payload, earlier))
            }
        }
        while let last = peaks.last, last.value <= value { peaks.removeLast() }
        peaks.append(Sample(timeSeconds: timeSeconds, value: value))
        if waiting.first == nil { peaks.removeAll() }
        return matured
    }

    /// A forecast was made after the sample at `timeSeconds`.
    package mutating func issue(timeSeconds: Int64, payload: Payload) {
        waiting.append(Waiting(issuedSeconds: timeSeconds, payload: payload))
    }

    /// A queue that gives back what was taken from its front now and then.
    private struct Queue<Element> {
        private var elements: [Element] = []
        private var head = 0

        var first: Element? { head < elements.count ? elements[head] : nil }
        var last: Element? { head < elements.count ? elements[elements.count - 1] : nil }

        mutating func append(_ element: Element) { elements.append(element) }

        mutating func removeLast() { elements.removeLast() }

        mutating func removeFirst() {
            head += 1
            guard head > 64 && 2 * head > elements.count else { return }
            elements.removeFirst(head)
            head = 0
        }

        mutating func removeAll() {
            elements.removeAll(keepingCapacity: true)
            head = 0
        }
    }
}

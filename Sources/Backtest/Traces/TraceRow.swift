package import Aggregates

/// One row of a trace. A missing sample is `nil`.
package struct TraceRow: Sendable {
    package let timeSeconds: Int64
    /// NaN for a missing sample; never leaves this type.
    private var values = InlineArray<7, Double>(repeating: .nan)

    package init(timeSeconds: Int64) { self.timeSeconds = timeSeconds }

    /// The sample in the trace's unit, finite and not negative.
    package subscript(resource: Resource) -> Double? {
        get {
            let value = values[Int(resource.rawValue)]
            return value.isNaN ? nil : value
        }
        set { values[Int(resource.rawValue)] = newValue ?? .nan }
    }
}

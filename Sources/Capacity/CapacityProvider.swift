package import Aggregates

/// Something that can set capacity aside: the node itself, a cluster, a service.
///
/// Owned and called by one task at a time. A provider must be idempotent by request id.
package protocol CapacityProvider {
    /// As it is shown to people and in JSON lines.
    var name: String { get }

    /// Asks for a pool's new total.
    mutating func reserve(_ request: CapacityRequest) -> CapacityOutcome

    /// What a pool really has of a resource now, whatever was asked for; nil when it is not known.
    mutating func observe(
        pool: String, _ resource: Resource, nowNanoseconds: Int64
    ) -> CapacityObservation?

    /// Readable when there are answers to take; nil when none is waited for.
    var descriptor: CInt? { get }

    /// Answers to requests that were `.pending`, in the order in which they came. Never waits; to
    /// be called at least once an interval.
    mutating func takeAnswers() -> [ProviderAnswer]

    /// What went wrong with the provider since the start.
    var failures: UInt64 { get }

    /// Nothing more is asked of it.
    mutating func close()
}

/// Of a provider that answers each request when it is made.
extension CapacityProvider {
    package var descriptor: CInt? { nil }
    package mutating func takeAnswers() -> [ProviderAnswer] { [] }
    package var failures: UInt64 { 0 }
    package mutating func close() {}
}

/// What became of a request that a provider had taken on.
package struct ProviderAnswer: Sendable, Hashable {
    package let request: CapacityRequest
    package let outcome: CapacityOutcome

    package init(request: CapacityRequest, outcome: CapacityOutcome) {
        self.request = request
        self.outcome = outcome
    }
}

internal import Synchronization

/// How many cgroups have series of their own: `telemetry.max_cgroups`, which can change while the agent runs. Any thread.
package final class SeriesLimit: Sendable {
    private let count: Atomic<Int>

    package init(_ limit: Int) { count = Atomic(limit) }

    package var value: Int {
        get { count.load(ordering: .relaxed) }
        set { count.store(newValue, ordering: .relaxed) }
    }
}

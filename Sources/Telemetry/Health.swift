internal import Aggregates
internal import HeadroomABI

/// Good or not, and why, in a line.
struct Health: Hashable {
    let isGood: Bool
    let reason: String

    var response: HTTPResponse { HTTPResponse(isGood ? .ok : .unavailable, text: reason) }

    /// Windows come on time: the last is not older than two intervals and a second.
    /// - Parameter now: Unix nanoseconds.
    static func alive(_ header: TableHeader, now: UInt64) -> Health {
        let last = header.ticks > 0 ? header.last_tick_ns : header.started_ns
        let age = now > last ? now - last : 0
        let most = header.interval_ns &* 2 &+ 1_000_000_000
        let interval = seconds(header.interval_ns)
        guard age <= most else {
            return Health(
                isGood: false,
                reason:
                    "late: the last window ended \(seconds(age)) s ago, they are \(interval) s long"
            )
        }
        return Health(isGood: true, reason: "ok")
    }

    /// The node has a whole window and forecasts, and the first of those have met what came.
    static func ready(_ header: TableHeader, root: hr_table_slot?, now: UInt64) -> Health {
        let health = alive(header, now: now)
        guard health.isGood else { return health }
        guard let root, root.window.end_ns > 0 else {
            return Health(isGood: false, reason: "no whole window yet")
        }
        let axes = ForecastAxes(header)
        guard axes.value(.cpu, 0, 0, in: root) != nil else {
            return Health(isGood: false, reason: "no forecast yet")
        }
        let lead = axes.horizonsNanoseconds.min() ?? 0
        let due = header.started_ns &+ header.interval_ns &+ lead
        guard now >= due else {
            return Health(
                isGood: false,
                reason: "the first forecasts meet what they were about in \(seconds(due - now)) s"
            )
        }
        return Health(isGood: true, reason: "ok")
    }

    private static func seconds(_ nanoseconds: UInt64) -> String {
        let tenths = (Double(nanoseconds) / 1e8).rounded() / 10
        return tenths == tenths.rounded() ? String(Int64(tenths)) : "\(tenths)"
    }
}

internal import FoundationEssentials
internal import Logging

private struct SeriesChange: Encodable, Sendable {
    let series: ClusterEvent.Series
}

/// Writes events about objects. What repeats within `window` is one event with a count.
///
/// An event is a courtesy to people: that it could not be written is counted (`events_failed`), and
/// never the caller's failure.
package actor EventRecorder {
    private struct Key: Hashable {
        let uid: String
        let reason: String
        let note: String
    }

    private struct Known {
        var name: String
        var count: Int
        var last: Double
    }

    private let client: APIClient
    private let instance: String
    private let now: @Sendable () -> Double
    private var known: [Key: Known] = [:]
    /// When events about one object may be written, by uid: see `mayWrite`.
    private var budget: [String: (tokens: Double, at: Double)] = [:]

    /// As client-go correlates: ten minutes.
    private static let window = 600.0
    /// As client-go's spam filter: 25 at once for one object, then one in five minutes.
    private static let burst = 25.0
    private static let perSecond = 1.0 / 300

    /// `instance` says which of several writes, a pod's name; `now` is in Unix seconds.
    package init(
        _ client: APIClient, instance: String,
        now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }
    ) {
        self.client = client
        self.instance = instance
        self.now = now
    }

    /// `reason` is one word in CamelCase, why; `action` what was done; `note` for people.
    package func record<Object: APIObject>(
        _ object: Object, level: ClusterEvent.Level = .normal, reason: String, action: String, note: String
    ) async {
        let time = now()
        let uid = object.metadata.uid ?? object.metadata.name
        guard mayWrite(uid, time) else {
            client.counts.add("events_dropped")
            return
        }
        known = known.filter { time - $0.value.last < Self.window }
        let key = Key(uid: uid, reason: reason, note: note)
        // Of an object without a namespace it goes to the default one, as client-go has it.
        let namespace = object.metadata.namespace ?? "default"
        do {
            if var earlier = known[key] {
                earlier.count += 1
                earlier.last = time
                known[key] = earlier
                do {
                    _ = try await client.patch(
                        ClusterEvent.self, namespace: namespace, name: earlier.name,
                        .merge(SeriesChange(series: .init(count: earlier.count, lastObservedTime: Self.text(time)))))
                    return client.counts.add("events")
                } catch let failure as APIFailure where failure.isNotFound {
                    // The server keeps events for an hour: this one is over.
                    known[key] = nil
                }
            }
            let name = "\(object.metadata.name.prefix(200)).\(String(UInt64(time * 1e6), radix: 16))"
            _ = try await client.create(
                ClusterEvent(
                    metadata: ObjectMeta(name: name, namespace: namespace),
                    eventTime: Self.text(time),
                    reportingController: "headroom.dev/headroom",
                    reportingInstance: String(instance.prefix(128)), action: String(action.prefix(128)),
                    reason: String(reason.prefix(128)),
                    regarding: .init(
                        apiVersion: Object.kind.apiVersion, kind: Object.kind.kind,
                        namespace: object.metadata.namespace, name: object.metadata.name,
                        uid: object.metadata.uid, resourceVersion: object.metadata.resourceVersion),
                    note: String(note.prefix(1024)), type: level))
            known[key] = Known(name: name, count: 1, last: time)
            client.counts.add("events")
        } catch {
            client.counts.add("events_failed")
            client.logger.debug("event \(reason): \(error)")
        }
    }

    private func mayWrite(_ uid: String, _ time: Double) -> Bool {
        var (tokens, at) = budget[uid] ?? (Self.burst, time)
        tokens = min(Self.burst, tokens + max(0, time - at) * Self.perSecond)
        at = time
        defer { budget[uid] = (tokens, at) }
        if budget.count > 4_096 { budget.removeAll() }
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// RFC 3339 with microseconds, as MicroTime has to be.
    package static func text(_ time: Double) -> String {
        let whole = time.rounded(.down)
        let micros = min(999_999, Int((time - whole) * 1e6))
        let date = Date(timeIntervalSince1970: whole).formatted(.iso8601)
        let digits = String(micros)
        return date.dropLast() + "." + String(repeating: "0", count: 6 - digits.count) + digits + "Z"
    }
}

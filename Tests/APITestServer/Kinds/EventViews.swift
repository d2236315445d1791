/// Events are stored as events.k8s.io has them, and are `v1` too, with other names.
enum EventViews {
    private static let names = [
        "regarding": "involvedObject", "note": "message", "reportingController": "reportingComponent",
        "deprecatedSource": "source", "deprecatedFirstTimestamp": "firstTimestamp",
        "deprecatedLastTimestamp": "lastTimestamp", "deprecatedCount": "count",
    ]

    static func core(_ stored: JSON) -> JSON {
        .object(Dictionary((stored.fields ?? [:]).map { (names[$0.key] ?? $0.key, $0.value) }) { $1 })
    }

    static func stored(_ core: JSON) -> JSON {
        let back = Dictionary(names.map { ($0.value, $0.key) }) { $1 }
        return .object(Dictionary((core.fields ?? [:]).map { (back[$0.key] ?? $0.key, $0.value) }) { $1 })
    }
}

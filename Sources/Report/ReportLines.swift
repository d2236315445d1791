internal import YAML

/// What the JSON lines of the time say: requests, alarms, losses.
struct ReportLines: Sendable {
    struct Request: Sendable {
        let time: UInt64
        let pool: String
        let resource: String
        let amount: Double
        let change: Double
        let outcome: String
        let reason: String
    }

    private(set) var requests: [Request] = []
    private(set) var outcomes: [String: Int] = [:]
    private(set) var events: [String: Int] = [:]
    /// What each cause lost in the time, and what that means.
    private(set) var losses: [String: (count: Double, meaning: String)] = [:]
    private var lastTotals: [String: Double] = [:]
    private(set) var unreadable = 0
    private static let requestLimit = 30
    private static let planStart = Array(#"{"type":"plan""#.utf8)

    mutating func add(_ text: ArraySlice<UInt8>, _ time: UInt64) {
        // Plans are many, and their figures are in their minutes.
        if text.starts(with: Self.planStart) { return }
        guard case .mapping(let line)? = (try? YAMLReader.read(Array(text)))?.content else {
            unreadable += 1
            return
        }
        func word(_ key: String) -> String? {
            guard case .scalar(let text, _)? = line.first(where: { $0.key == key })?.value.content else { return nil }
            return text
        }
        func number(_ key: String) -> Double { word(key).flatMap(Double.init) ?? 0 }
        switch word("type") {
        case "request":
            outcomes[word("outcome") ?? "?", default: 0] += 1
            var reason = word("outcome_reason") ?? ""
            if case .sequence(let reasons)? = line.first(where: { $0.key == "reasons" })?.value.content,
                case .scalar(let first, _)? = reasons.first?.content {
                reason = reason.isEmpty ? first : "\(reason); \(first)"
            }
            requests.append(
                Request(
                    time: time, pool: word("pool") ?? "", resource: word("resource") ?? "", amount: number("amount"),
                    change: number("change"), outcome: word("outcome") ?? "?", reason: reason))
            if requests.count > Self.requestLimit { requests.removeFirst() }
        case "event":
            let name = word("event") ?? "?"
            events[name, default: 0] += name == "cgroups_left_out" ? Int(number("count")) : 1
        case "loss":
            let cause = word("cause") ?? "?"
            let total = number("total")
            let before = lastTotals[cause] ?? 0
            // Totals are since the agent's start.
            losses[cause] = ((losses[cause]?.count ?? 0) + (total >= before ? total - before : total), word("meaning") ?? "")
            lastTotals[cause] = total
        default: break
        }
    }
}

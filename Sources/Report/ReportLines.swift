internal import History

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

    mutating func add(_ text: ArraySlice<UInt8>, _ time: UInt64) {
        // Plans are many, and their figures are in their minutes.
        if HistoryLine.isOf("plan", text) { return }
        guard let line = HistoryLine(text) else {
            unreadable += 1
            return
        }
        switch line.word("type") {
        case "request":
            let outcome = line.word("outcome") ?? "?"
            outcomes[outcome, default: 0] += 1
            let reasons = [line.word("outcome_reason"), line.words("reasons").first].compactMap { $0 }
            requests.append(
                Request(
                    time: time, pool: line.word("pool") ?? "", resource: line.word("resource") ?? "",
                    amount: line.number("amount") ?? 0, change: line.number("change") ?? 0, outcome: outcome,
                    reason: reasons.joined(separator: "; ")))
            if requests.count > Self.requestLimit { requests.removeFirst() }
        case "event":
            let name = line.word("event") ?? "?"
            let count = name == "cgroups_left_out" ? Self.count(line.number("count")) : 1
            events[name] = min(Self.most, events[name, default: 0] + count)
        case "loss":
            let cause = line.word("cause") ?? "?"
            let total = line.number("total") ?? 0
            let before = lastTotals[cause] ?? 0
            // Totals are since the agent's start.
            losses[cause] = ((losses[cause]?.count ?? 0) + (total >= before ? total - before : total), line.word("meaning") ?? "")
            lastTotals[cause] = total
        default: break
        }
    }

    /// More are not counted.
    private static let most = 1_000_000_000_000_000

    /// What a line says may be any number.
    private static func count(_ told: Double?) -> Int {
        guard let told, told > 0 else { return 0 }
        return Int(min(Double(most), told))
    }
}

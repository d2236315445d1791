internal import Aggregates
internal import Capacity

/// What a provider program was asked and what it said, by pool and resource. Has no clock and no
/// process. All calls are linear in the plans.
struct ProgramLedger {
    struct Key: Hashable {
        var pool: String
        var resource: Resource
    }

    private struct Account {
        let key: Key
        var ready = 0.0
        /// As the program said last; nil: it follows from the request under way.
        var toldPending: Double?
        var allocatable: Double?
        /// What was asked last: totals, so that it stands for all before.
        var latest: CapacityRequest?
        /// Whether an answer to it is owed, and since when: nil once the program has taken it on.
        var isOpen = false
        var askedAt: Int64?
    }

    private var accounts: [Account]
    private var lastID: UInt64 = 0

    init(_ planned: [Key]) { accounts = planned.map { Account(key: $0) } }

    /// A request is on its way. One of the same pool and resource that was not answered yet is
    /// replaced by it: an answer to that is not waited for any more.
    mutating func ask(_ request: CapacityRequest, at now: Int64) {
        guard let index = index(Key(pool: request.pool, resource: request.resource)) else { return }
        lastID = max(lastID, request.id)
        accounts[index].latest = request
        accounts[index].isOpen = true
        accounts[index].askedAt = now
        accounts[index].toldPending = nil
    }

    /// - Returns: what a request has come to by it, if it was still open.
    mutating func take(_ message: ProgramMessage) throws(ProgramComplaint) -> ProviderAnswer? {
        switch message {
        case .capacity(let key, let observation):
            guard let index = index(key) else {
                throw ProgramComplaint(
                    "capacity of pool \"\(key.pool)\", \(key.resource.name), which is not planned")
            }
            accounts[index].ready = observation.ready
            accounts[index].toldPending = observation.pending
            accounts[index].allocatable = observation.allocatable
            return nil
        case .outcome(let id, let answer):
            guard id > 0, id <= lastID else {
                throw ProgramComplaint("an answer to request \(id), which was never made")
            }
            // None: another has taken its place.
            guard let index = accounts.firstIndex(where: { $0.latest?.id == id }),
                let request = accounts[index].latest
            else { return nil }
            return answered(request, answer, index)
        }
    }

    private mutating func answered(
        _ request: CapacityRequest, _ answer: ProgramMessage.Answer, _ index: Int
    ) -> ProviderAnswer? {
        let outcome: CapacityOutcome
        switch answer {
        case .pending:
            accounts[index].askedAt = nil
            return nil
        case .granted(let amount): outcome = .granted(amount: amount ?? request.amount)
        case .partial(let amount, let reason): outcome = .partial(amount: amount, reason: reason)
        case .denied(let reason): outcome = .denied(reason: reason)
        }
        switch outcome {
        case .granted(let amount), .partial(let amount, _):
            accounts[index].ready = amount
            accounts[index].toldPending = nil
        case .denied, .pending: break
        }
        // A late one still says what there is.
        guard accounts[index].isOpen else { return nil }
        accounts[index].isOpen = false
        return ProviderAnswer(request: request, outcome: outcome)
    }

    /// Gives up requests that the program has not even taken on for `timeout`.
    mutating func expire(at now: Int64, after timeout: Int64, _ reason: String) -> [ProviderAnswer] {
        var expired: [ProviderAnswer] = []
        for index in accounts.indices where accounts[index].isOpen {
            guard let asked = accounts[index].askedAt, now - asked >= timeout,
                let request = accounts[index].latest
            else { continue }
            accounts[index].isOpen = false
            expired.append(ProviderAnswer(request: request, outcome: .denied(reason: reason)))
        }
        return expired
    }

    /// Requests without an answer, oldest first: what a program that was started anew has to hear.
    /// The time for their answers begins again.
    mutating func reopen(at now: Int64) -> [CapacityRequest] {
        for index in accounts.indices where accounts[index].isOpen {
            accounts[index].askedAt = now
        }
        return accounts.filter(\.isOpen).compactMap(\.latest).sorted { $0.id < $1.id }
    }

    /// Nil for what is not planned.
    func observation(_ key: Key) -> CapacityObservation? {
        guard let index = index(key) else { return nil }
        let account = accounts[index]
        var pending = account.toldPending ?? 0
        if account.toldPending == nil, account.isOpen, let latest = account.latest {
            pending = max(0, latest.amount - account.ready)
        }
        return CapacityObservation(
            ready: account.ready, pending: pending, allocatable: account.allocatable)
    }

    private func index(_ key: Key) -> Int? { accounts.firstIndex { $0.key == key } }
}

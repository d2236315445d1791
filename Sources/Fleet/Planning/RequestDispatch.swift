internal import Aggregates
internal import Capacity
internal import Connect
internal import Synchronization

/// Requests on their way to the service: one a pool and resource; a later one takes the place of the
/// one before. Owned by one actor.
struct RequestDispatch {
    private struct Key: Hashable {
        let pool: String
        let resource: Resource
    }

    /// What came back, in order. Any task.
    private final class Box: Sendable {
        let answers = Mutex<[RoundReport.Answer]>([])

        func add(_ request: CapacityRequest, _ outcome: CapacityOutcome) {
            answers.withLock { $0.append(.init(request: request, outcome: outcome)) }
        }
    }

    private let service: any CapacityService
    private let box = Box()
    private var running: [Key: Task<Void, Never>] = [:]

    init(_ service: any CapacityService) { self.service = service }

    mutating func send(_ request: CapacityRequest) {
        let key = Key(pool: request.pool, resource: request.resource)
        running[key]?.cancel()
        running[key] = Task { [service, box] in
            let outcome = await service.reserve(request) { box.add(request, .pending) }
            // What was called off has been replaced, or is another's to decide now.
            if !Task.isCancelled { box.add(request, outcome) }
        }
    }

    func takeAnswers() -> [RoundReport.Answer] {
        box.answers.withLock { answers in
            defer { answers = [] }
            return answers
        }
    }

    /// Calls off all that is under way. - Returns: what is to be waited for.
    mutating func callOff() -> [Task<Void, Never>] {
        let tasks = Array(running.values)
        running = [:]
        for task in tasks { task.cancel() }
        return tasks
    }

    /// Waits for all answers.
    func finish() async {
        for task in running.values { await task.value }
    }
}

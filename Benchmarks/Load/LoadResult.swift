internal import Synchronization

/// What a load generator did: operations, and the CPU and wall time they took.
struct LoadResult: Sendable {
    var operations: Double = 0
    var cpuNanoseconds: Double = 0
    var wallNanoseconds: Double = 0

    var cpuPerOperation: Double { cpuNanoseconds / max(1, operations) }
    var wallPerOperation: Double { wallNanoseconds / max(1, operations) }
}

/// Collects results from threads.
final class LoadTotal: Sendable {
    private let total = Mutex(LoadResult())

    func add(operations: Int, cpuNanoseconds: Int64) {
        total.withLock {
            $0.operations += Double(operations)
            $0.cpuNanoseconds += Double(cpuNanoseconds)
        }
    }

    func result(wallNanoseconds: Int64) -> LoadResult {
        total.withLock {
            $0.wallNanoseconds = Double(wallNanoseconds)
            return $0
        }
    }
}

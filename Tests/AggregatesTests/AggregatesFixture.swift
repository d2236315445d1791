import Aggregates
import HeadroomABI

/// A synthetic kernel, the aggregates that drain it, what they told, and their table.
final class AggregatesFixture {
    /// Unix time is this much ahead of CLOCK_MONOTONIC.
    static let unixOffset: Int64 = 1_700_000_000_000_000_000
    static let interval: UInt64 = 1_000_000_000

    let memory: TableMemory
    var kernel = SyntheticKernel()
    var aggregates: Aggregates
    var log = WindowLog()

    /// - Parameter cgroups: made, with their parents, before the agent started: found by its scan.
    init(slots: Int = 64, found cgroups: [String] = []) {
        memory = TableMemory(slots: slots)
        aggregates = Aggregates(table: memory.writer())
        for path in cgroups { _ = kernel.make(path) }
        for path in kernel.paths { aggregates.found(id: kernel.id(path), path: path) }
    }

    func ingest(_ record: [UInt8]) {
        unsafe record.withUnsafeBytes { unsafe aggregates.ingest($0) }
    }

    /// Makes a cgroup that announces its birth.
    func make(_ path: String, id: UInt64? = nil) { ingest(kernel.make(path, id: id)) }

    /// Removes a cgroup that announces its end.
    func remove(_ path: String) { ingest(kernel.remove(path)) }

    /// A second passes, a walk runs, windows close. The log holds this tick only.
    func tick(seconds: Double = 1, losing lost: Set<String> = [], order: [String]? = nil) {
        kernel.pass(seconds: seconds)
        for record in kernel.walk(losing: lost, order: order) { ingest(record) }
        close()
    }

    func close(unobserved: UInt32 = 0) {
        log.forget()
        aggregates.closeWindows(
            rootCPU: kernel.hostCPU,
            unixOffset: Self.unixOffset,
            interval: Self.interval,
            unobserved: unobserved,
            &log
        )
    }

    func losses(_ cause: hr_agent_loss) -> UInt64 { aggregates.losses[Int(cause.rawValue)] }

    /// Every loss that was counted, by name.
    var allLosses: [String: UInt64] {
        var counted: [String: UInt64] = [:]
        for cause in LossCause.all where aggregates.losses[cause.index] > 0 {
            counted[cause.name] = aggregates.losses[cause.index]
        }
        return counted
    }

    /// The live slots of the table as a reader sees them, by path.
    func slots() throws -> [String: hr_table_slot] {
        let reader = try memory.reader()
        var slots: [String: hr_table_slot] = [:]
        for index in 0..<reader.slotCount {
            guard let slot = reader.slot(index) else { continue }
            slots[TableText.read(slot.path)] = slot
        }
        return slots
    }

    static func unix(_ monotonic: UInt64) -> UInt64 { monotonic + UInt64(unixOffset) }
}

import Aggregates
import Foundation
import HeadroomABI
import Synchronization

/// Threads that read one slot and the header of a table as fast as they can, and count the
/// copies whose numbers are not all from one `writeSlot` or `writeHeader`.
final class ReaderHammer: Sendable {
    private let isStopped = Atomic<Bool>(false)
    private let running: Atomic<Int>
    private let tornCount = Atomic<Int>(0)
    private let slotCount = Atomic<Int>(0)
    private let headerCount = Atomic<Int>(0)

    init(_ memory: TableMemory, slot: Int, threads: Int) {
        running = Atomic(threads)
        for _ in 0..<threads {
            Thread.detachNewThread { [self] in
                if let reader = try? memory.reader() {
                    while !isStopped.load(ordering: .relaxed) { look(reader, slot) }
                }
                running.subtract(1, ordering: .releasing)
            }
        }
    }

    var torn: Int { tornCount.load(ordering: .relaxed) }
    var slotsRead: Int { slotCount.load(ordering: .relaxed) }
    var headersRead: Int { headerCount.load(ordering: .relaxed) }

    /// Returns when every thread has ended.
    func stop() {
        isStopped.store(true, ordering: .relaxed)
        while running.load(ordering: .acquiring) > 0 { usleep(1_000) }
    }

    private func look(_ reader: TableView, _ index: Int) {
        if let slot = reader.slot(index) {
            let value = slot.cgroup_id
            let isWhole =
                slot.generation == value && slot.window.start_ns == value
                && slot.window.net_rx_bytes == value && slot.forecast.5.2.5 == Double(value)
                && slot.history.5.59 == UInt16(truncatingIfNeeded: value)
                && TableText.read(slot.path) == String(value)
            if !isWhole { tornCount.add(1, ordering: .relaxed) }
            slotCount.add(1, ordering: .relaxed)
        }
        if let header = reader.header() {
            let value = header.ticks
            let target = unsafe header.withElements(of: \.plans, as: hr_table_plan.self) {
                unsafe $0[5].figures.target
            }
            let request = unsafe header.withElements(of: \.requests, as: hr_table_request.self) {
                unsafe $0[63].figures.id
            }
            let isWhole =
                header.started_ns == value && header.losses.31 == value
                && target == Double(value) && request == value
            if !isWhole { tornCount.add(1, ordering: .relaxed) }
            headerCount.add(1, ordering: .relaxed)
        }
    }
}

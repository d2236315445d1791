import Agent
import Aggregates
import Glibc
import HeadroomABI
import Probes

/// Reads a table that another process writes, and looks at every word of what it gets.
struct Reader: ~Copyable {
    private var attachment: TableAttachment
    private var newest = [UInt64](repeating: 0, count: Writer.slots)
    private var reads: UInt64 = 0
    private var torn: UInt64 = 0
    /// Older than one that was read before.
    private var backwards: UInt64 = 0
    /// Halves of two writes that were seen before the sequence number was looked at again.
    private var rejected: UInt64 = 0
    /// Given up: the writer stayed in the middle.
    private var missed: UInt64 = 0

    init(directory: String) throws {
        attachment = try TableAttachment(directory: RuntimeDirectory(path: directory))
    }

    /// Reads until a signal or the time ends it.
    mutating func run(seconds: Double) {
        let end = MonotonicClock.now() + Int64(seconds * 1e9)
        var index = Int(getpid()) % Writer.slots
        while MonotonicClock.now() < end {
            for _ in 0..<Writer.slots {
                index = (index + 7) % Writer.slots
                look(index)
            }
            lookAtHeader()
            lookWithoutCopy(index)
        }
        tell()
    }

    private mutating func look(_ index: Int) {
        guard let slot = attachment.reader.slot(index) else {
            missed += 1
            return
        }
        reads += 1
        if Pattern.torn(slot) != nil { torn += 1 }
        if slot.cgroup_id < newest[index] { backwards += 1 }
        newest[index] = slot.cgroup_id
    }

    private mutating func lookAtHeader() {
        guard let header = attachment.reader.header() else {
            missed += 1
            return
        }
        reads += 1
        if Pattern.isTorn(header) { torn += 1 }
    }

    private mutating func lookWithoutCopy(_ index: Int) {
        var runs: UInt64 = 0
        let result = unsafe attachment.reader.look(at: index) { slot -> UInt64? in
            let value = unsafe Self.value(of: slot) {}
            if value == nil { runs += 1 }
            return value ?? .max
        }
        rejected += runs
        note(result)
    }

    /// Gets a signal with half of a slot read; if it lives on, reads the slot to its end.
    mutating func stop(with signal: CInt) {
        var hasStopped = false
        let result = unsafe attachment.reader.look(at: 1) { slot -> UInt64? in
            unsafe Self.value(of: slot) {
                if !hasStopped { raise(signal) }
                hasStopped = true
            } ?? .max
        }
        note(result)
        tell()
    }

    private mutating func note(_ result: UInt64?) {
        guard let result else {
            missed += 1
            return
        }
        reads += 1
        if result == .max { torn += 1 }
    }

    /// What a slot was written with; nil when its words are of more than one write. `half` runs in the middle.
    private static func value(of slot: UnsafePointer<hr_table_slot>, half: () -> Void) -> UInt64? {
        let words = unsafe UnsafeRawPointer(slot).assumingMemoryBound(to: UInt64.self)
        let value = unsafe words[1]
        var isTorn = false
        for index in Pattern.slotWords {
            if index == Pattern.slotWords.count / 2 { half() }
            if unsafe words[index] != Pattern.word(index, of: value) { isTorn = true }
        }
        return isTorn ? nil : value
    }

    /// One line: `reads torn backwards retries missed rejected`.
    private func tell() {
        print(reads, torn, backwards, attachment.reader.retries, missed, rejected)
        fflush(nil)
    }
}

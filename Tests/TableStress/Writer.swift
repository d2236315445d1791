import Agent
import Aggregates
import Glibc
import HeadroomABI
import Probes

/// Writes slots and header of a table without a rest, and measures each step.
///
/// Between rounds it looks at its standard input: a line there is the name of what comes next, and
/// has it tell about what was before. It ends with its input.
struct Writer: ~Copyable {
    private let file: TableFile
    private let table: SharedTable
    private var value: UInt64 = 0

    static let slots = 64

    init(directory: String) throws {
        file = try TableFile(directory: RuntimeDirectory(path: directory), slots: Self.slots)
        table = file.table()
        table.updateHeader { $0.slots_used = UInt32(Self.slots) }
    }

    mutating func run() {
        var unmeasured = Steps()
        round(&unmeasured)
        var phase = "start"
        var steps = Steps()
        while true {
            round(&steps)
            switch Self.wish() {
            case .none: continue
            case .next(let name):
                steps.tell(phase)
                phase = name
                steps = Steps()
            case .end:
                steps.tell(phase)
                return
            }
        }
    }

    private mutating func round(_ steps: inout Steps) {
        var cpu = Self.cpuTime()
        for slot in 0..<Self.slots {
            value += 1
            let start = MonotonicClock.now()
            table.updateSlot(slot) { Pattern.fill(&$0, with: value) }
            let end = MonotonicClock.now()
            let after = Self.cpuTime()
            steps.add(end - start, cpu: after - cpu)
            cpu = after
        }
        table.updateHeader { Pattern.fill(&$0, with: value) }
    }

    /// Of this thread: while the scheduler has it off the CPU, this stands still.
    private static func cpuTime() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private enum Wish {
        case none
        case next(String)
        case end
    }

    /// Never waits.
    private static func wish() -> Wish {
        var entry = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&entry, 1, 0) == 1 else { return .none }
        return readLine().map { .next($0) } ?? .end
    }
}

/// How long the steps of a phase took, and whether the process gave its CPU away.
struct Steps {
    private var count: UInt64 = 0
    private var longest: Int64 = 0
    /// On the CPU: a step that spun for a reader would show here, one that slept in `voluntary`.
    private var longestCPU: Int64 = 0
    /// By 16 ns, the last one for all that took longer.
    private var histogram = [UInt64](repeating: 0, count: 4096)
    private let start = Steps.usage()

    mutating func add(_ nanoseconds: Int64, cpu: Int64) {
        count += 1
        longestCPU = max(longestCPU, cpu)
        longest = max(longest, nanoseconds)
        histogram[min(histogram.count - 1, Int(max(0, nanoseconds) / 16))] += 1
    }

    private func quantile(_ q: Double) -> Int {
        var seen: UInt64 = 0
        for (index, number) in histogram.enumerated() {
            seen += number
            if Double(seen) >= q * Double(count) { return (index + 1) * 16 }
        }
        return histogram.count * 16
    }

    /// One line: `phase steps p50 p999 longest voluntary involuntary cpuNanoseconds longestCPU`.
    func tell(_ phase: String) {
        let end = Self.usage()
        print(
            phase, count, quantile(0.5), quantile(0.999), longest,
            end.voluntary - start.voluntary, end.involuntary - start.involuntary, end.cpu - start.cpu, longestCPU)
        fflush(nil)
    }

    private static func usage() -> (voluntary: Int, involuntary: Int, cpu: Int) {
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let time = [usage.ru_utime, usage.ru_stime].reduce(0) {
            $0 + Int($1.tv_sec) * 1_000_000_000 + Int($1.tv_usec) * 1000
        }
        return (usage.ru_nvcsw, usage.ru_nivcsw, time)
    }
}

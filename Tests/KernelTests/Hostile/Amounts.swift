import Glibc

/// What the load did, as the kernel has it and as the agent told it: CPU time in nanoseconds, bytes sent and written.
enum Measure: Int, CaseIterable, Sendable {
    case cpuOfAll, cpuOfBusy, cpuOfNetwork, cpuOfDisk, sent, written

    /// CPU time is read in whole microseconds: two readings of it are within one of each other's.
    var isCPU: Bool { rawValue <= Measure.cpuOfDisk.rawValue }
}

/// One figure for each measure.
struct Amounts: Sendable, CustomStringConvertible {
    private var values = [Int](repeating: 0, count: Measure.allCases.count)

    init() {}

    subscript(measure: Measure) -> Int {
        get { values[measure.rawValue] }
        set { values[measure.rawValue] = newValue }
    }

    static func + (left: Amounts, right: Amounts) -> Amounts { joined(left, right, +) }
    static func - (left: Amounts, right: Amounts) -> Amounts { joined(left, right, -) }

    static func joined(_ left: Amounts, _ right: Amounts, _ operation: (Int, Int) -> Int) -> Amounts {
        var result = Amounts()
        for measure in Measure.allCases { result[measure] = operation(left[measure], right[measure]) }
        return result
    }

    var description: String { Measure.allCases.map { "\($0) \(self[$0])" }.joined(separator: ", ") }
}

/// A generator that a seed repeats: SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// The two clocks at one moment, in seconds.
struct Moment: Sendable {
    let monotonic: Double
    /// What the agent's `time_s` are of.
    let unix: Double

    static var now: Moment {
        Moment(monotonic: read(CLOCK_MONOTONIC), unix: read(CLOCK_REALTIME))
    }

    static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

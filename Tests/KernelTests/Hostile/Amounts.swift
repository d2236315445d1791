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

/// Which minutes of a block a history has of the cgroups that are imported.
struct PresentMinutes: HistoryVisitor {
    private let numbers: [String: Int]
    private let wholes: [String: Int]
    private var present: Set<UInt64> = []
    private var pending: [Int] = []

    /// - Parameters:
    ///   - numbers: by path.
    ///   - wholes: by application, of those that stand for all of it.
    init(numbers: [String: Int], wholes: [String: Int]) {
        self.numbers = numbers
        self.wholes = wholes
    }

    func contains(_ record: ImportRecord) -> Bool { present.contains(Self.key(record.minute, Int(record.cgroup))) }

    private static func key(_ minute: UInt32, _ cgroup: Int) -> UInt64 { UInt64(minute) << 32 | UInt64(cgroup) }

    mutating func minute(_ cgroup: HistoryCgroup, _ minute: HistoryMinute, timeNanoseconds: UInt64) {
        if let number = numbers[cgroup.path] { pending.append(number) }
        if let application = cgroup.application, let number = wholes[application] { pending.append(number) }
    }

    mutating func minuteEnd(timeNanoseconds: UInt64, durationNanoseconds: UInt64) {
        // An agent's minutes end some milliseconds beside whole ones.
        let middle = timeNanoseconds - min(durationNanoseconds, ImportedBlock.minuteNanoseconds) / 2
        let minute = UInt32(truncatingIfNeeded: middle / ImportedBlock.minuteNanoseconds)
        for number in pending { present.insert(Self.key(minute, number)) }
        pending.removeAll(keepingCapacity: true)
    }
}

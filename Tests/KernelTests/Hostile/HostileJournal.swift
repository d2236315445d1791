/// What was done, what it counted, and how far the agent's totals were from the kernel's.
struct HostileJournal {
    /// Of one fault, in all.
    struct Entry {
        var times = 0
        var counted: [String: Int] = [:]
        var skipped: String?
    }

    /// A completion that the kernel does not tell of counts when the request is used again (disk_late).
    static let lateWrites = 4 << 20

    private(set) var entries: [HostileFault: Entry] = [:]
    private(set) var order: [HostileFault] = []
    private(set) var current = "the start"
    private var fault: HostileFault?
    var failures = 0
    var ticks = 0
    var skipped = 0
    /// Seconds in which ticks were due.
    var due = 0.0
    /// The most that were due in a life and neither told nor skipped.
    var missingTicks = 0.0
    var gaps = 0
    /// Of what passed between lives, and how wide the bounds of it were.
    var untold = Amounts()
    var bounds = Amounts()
    /// The most that totals were apart from one comparison to the next within a life.
    var worst = Amounts()
    var comparisons = 0
    var detachedBytes = 0
    var resident: [Int] = []
    var descriptors: [Int] = []
    private var first = Amounts()
    private var firstTold = Amounts()
    private var kernel = Amounts()
    private var told = Amounts()

    mutating func begin(_ fault: HostileFault) {
        self.fault = fault
        current = "\(fault)"
        entries[fault, default: Entry()].times += 1
        order.append(fault)
    }

    mutating func skip(_ fault: HostileFault, because reason: String) { entries[fault, default: Entry()].skipped = reason }

    mutating func over() {
        fault = nil
        current = "the end"
    }

    mutating func count(_ cause: String, _ count: Int) {
        if let fault, count > 0 { entries[fault, default: Entry()].counted[cause, default: 0] += count }
    }

    mutating func begin(at kernel: Amounts, told: Amounts) { (first, firstTold) = (kernel, told) }

    mutating func end(at kernel: Amounts, told: Amounts) {
        comparisons += 1
        (self.kernel, self.told) = (kernel, told)
    }

    /// In the form of docs/faults.md.
    func verdict(seconds: Double, seed: UInt64, lives: Int, born: Int) -> String {
        var text = "| fault | times | counted |\n|---|---|---|\n"
        for fault in HostileFault.allCases {
            let entry = entries[fault] ?? Entry()
            let counted = entry.counted.sorted { $0.key < $1.key }.map { "`\($0.key)` \($0.value)" }.joined(separator: ", ")
            text +=
                "| \(fault.words) | \(entry.skipped == nil ? "\(entry.times)" : "skipped") | \(entry.skipped ?? (counted.isEmpty ? "nothing is left to count" : counted)) |\n"
        }
        text +=
            "\n| total | the kernel's | told | between \(gaps + 1) lives, untold | its bounds' width | most apart within a life |\n|---|---|---|---|---|---|\n"
        for measure in Measure.allCases {
            let total = kernel[measure] - first[measure]
            let told = self.told[measure] - firstTold[measure]
            let unit = measure.isCPU ? "ns" : "bytes"
            text += "| \(measure), \(unit) | \(total) | \(told) | \(untold[measure]) | \(bounds[measure]) | \(worst[measure]) |\n"
        }
        let mebibyte = Double(1 << 20)
        let quarter = max(1, resident.count / 4)
        func median(_ values: ArraySlice<Int>) -> Double { Double(values.sorted()[values.count / 2]) / mebibyte }
        if !resident.isEmpty {
            text += """

                \(Int(seconds)) s, seed \(seed): \(order.count) faults, \(lives) lives, \(comparisons) comparisons, \(failures) failures; \(born) cgroups \
                born and gone beside it; ticks \(ticks) told and \(skipped) skipped in \(due) s, at most \(missingTicks) of a life missing; sent while \
                others had detached the programs \(detachedBytes) bytes; RSS at the comparisons \(median(resident.prefix(quarter))) MiB in the first \
                quarter, \(median(resident.suffix(quarter))) in the last, at most \(Double(resident.max() ?? 0) / mebibyte); descriptors \
                \(descriptors.prefix(quarter).max() ?? 0) at most in the first, \(descriptors.suffix(quarter).max() ?? 0) in the last

                """
        }
        return text
    }
}

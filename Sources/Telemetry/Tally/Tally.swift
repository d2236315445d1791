internal import Agent
internal import Aggregates
internal import HeadroomABI

/// Windows in, totals out: for the node, for the cgroups that are shown, and for the rest.
///
/// A window is added to exactly one place at each level, so that what is shown never goes back
/// and increases add up: of the shown leaves and the rest to the node's. A cgroup counts from when
/// it is shown; its last window, after which nobody sees it, is the rest's. Who is shown changes
/// with what they use, slowly: a newcomer has to use a quarter more than whom it displaces.
///
/// The agent's thread alone; no I/O and no clock. Complexity: O(1) a window, O(cgroups) every
/// `selectionPeriod`; memory 24 bytes a slot and 400 a shown cgroup.
struct Tally {
    /// Cgroups shown at most.
    private(set) var limit: Int
    private(set) var node = TallyRow()
    /// Everything that no shown leaf counted; its counts alone.
    private(set) var other = TallyRow()
    private(set) var rows: [TallyRow] = []
    private(set) var runQueue = Histogram(
        buckets: HR_DELAY_BUCKETS,
        shift: HR_DELAY_SHIFT
    )
    private(set) var diskRead = Histogram(
        buckets: HR_DISK_BUCKETS,
        shift: HR_DISK_SHIFT
    )
    private(set) var diskWrite = Histogram(
        buckets: HR_DISK_BUCKETS,
        shift: HR_DISK_SHIFT
    )
    /// By slot of the shared table.
    private var tenants: [Tenant] = []
    private var shownPaths: Set<String> = []
    private var hidden = 0
    /// All that shown leaves ever counted.
    private var ofShownLeaves = Counts()
    /// What the node has, to weigh CPU against memory.
    private let cores: Double
    private let memoryBytes: Double
    private var lastSelection: UInt64 = 0
    private var isSelectionDue = false

    static let selectionPeriod: UInt64 = 15_000_000_000
    private static let margin: Float = 1.25
    /// Share of a new window in a score, at windows of a second.
    private static let weight: Float = 0.02

    private struct Tenant {
        var generation: UInt64 = .max
        /// Index into `rows`; -1: not shown; -2: nobody.
        var row: Int32 = -2
        /// Smoothed share of the node's CPU and memory together.
        var score: Float = 0
    }

    init(limit: Int, cores: Double, memoryBytes: Double) {
        self.limit = limit
        self.cores = cores
        self.memoryBytes = memoryBytes
    }

    mutating func window(_ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?) {
        if isSelectionDue { select() }
        let flow = Counts(window, detail)
        if cgroup.isRoot { return root(cgroup, flow, window, detail) }
        settle(cgroup)
        let index = cgroup.index
        if window.is_final != 0 {
            leave(index)
        } else {
            weigh(index, window)
        }
        if tenants[index].row >= 0 {
            let row = Int(tenants[index].row)
            rows[row].isLeaf = cgroup.isLeaf
            rows[row].workload = cgroup.workload
            rows[row].add(flow, window, detail)
            if cgroup.isLeaf { ofShownLeaves &+= flow.only(.tree) }
        } else if let detail {
            // What the root does not have; the rest is what it has more than shown leaves.
            other.parts |= detail.parts
            other.counts &+= flow.only(.own)
            if cgroup.isLeaf { other.counts &+= flow.only(.branch) }
        }
    }

    private mutating func root(
        _ cgroup: WindowSubject,
        _ flow: Counts,
        _ window: Window,
        _ detail: WindowDetail?
    ) {
        node.slot = cgroup.index
        node.generation = cgroup.generation
        node.cgroupID = cgroup.cgroupID
        node.path = cgroup.path
        node.add(flow, window, detail)
        guard let detail, detail.knows(HR_PART_COUNTS) else { return }
        runQueue.add(detail.delayBuckets)
        diskRead.add(detail.diskReadBuckets)
        diskWrite.add(detail.diskWriteBuckets)
    }

    private mutating func weigh(_ index: Int, _ window: Window) {
        let share =
            Float(window.value(.cpu) / cores) + Float(Double(window.memory_bytes) / memoryBytes)
        tenants[index].score += Self.weight * (share - tenants[index].score)
    }

    /// A tick's windows are all there.
    mutating func endTick(_ timeNanoseconds: UInt64) {
        // A leaf is sampled some microseconds after the root: what is left of the root can shrink
        // by that, a counter must not.
        let left = node.counts &- ofShownLeaves
        for count in Count.allCases where count.sharing == .tree {
            let rest = Int64(bitPattern: left[count])
            if rest > Int64(bitPattern: other.counts[count]) { other.counts[count] = left[count] }
        }
        other.parts |= node.parts & (HR_PART_CPU.rawValue | HR_PART_COUNTS.rawValue)
        guard hidden > 0, timeNanoseconds >= lastSelection &+ Self.selectionPeriod else { return }
        lastSelection = timeNanoseconds
        // With the next tick, so that what a cgroup did in its last one as shown can be seen.
        isSelectionDue = true
    }

    /// Shows no more than so many from now on: those that use least go at once, more come with the next tick.
    mutating func bound(to limit: Int) {
        guard limit != self.limit else { return }
        self.limit = limit
        if rows.count > limit {
            let surplus = rows.sorted { tenants[$0.slot].score < tenants[$1.slot].score }.prefix(rows.count - limit)
            for row in surplus { displace(row) }
        } else {
            isSelectionDue = hidden > 0
        }
    }

    // MARK: Who is shown

    /// Makes sure that the slot is this cgroup's, and shows it where there is room.
    private mutating func settle(_ cgroup: WindowSubject) {
        while tenants.count <= cgroup.index { tenants.append(Tenant()) }
        if tenants[cgroup.index].generation == cgroup.generation,
            tenants[cgroup.index].row != -2
        {
            return
        }
        leave(cgroup.index)
        tenants[cgroup.index] = Tenant(generation: cgroup.generation, row: -1)
        hidden += 1
        subjects[cgroup.index] = cgroup
        if rows.count < limit { show(cgroup.index) }
    }

    /// Of tenants that are not shown: who they are.
    private var subjects: [Int: WindowSubject] = [:]

    private mutating func show(_ index: Int) {
        guard let cgroup = subjects[index] else { return }
        // What could not be charged to a cgroup is the rest by nature. Of two cgroups of one name,
        // one is about to go, or both were cut: a series must not be there twice.
        guard cgroup.path != Aggregates.otherPath, shownPaths.insert(cgroup.path).inserted else {
            return
        }
        subjects[index] = nil
        hidden -= 1
        tenants[index].row = Int32(rows.count)
        var row = TallyRow()
        row.slot = index
        row.generation = cgroup.generation
        row.cgroupID = cgroup.cgroupID
        row.path = cgroup.path
        row.isLeaf = cgroup.isLeaf
        rows.append(row)
    }

    private mutating func leave(_ index: Int) {
        switch tenants[index].row {
        case -2: return
        case -1:
            subjects[index] = nil
            hidden -= 1
        default: hide(index)
        }
        tenants[index] = Tenant()
    }

    /// Takes its row away.
    private mutating func hide(_ index: Int) {
        let row = Int(tenants[index].row)
        shownPaths.remove(rows[row].path)
        tenants[index].row = -1
        rows[row] = rows[rows.count - 1]
        rows.removeLast()
        if row < rows.count { tenants[rows[row].slot].row = Int32(row) }
    }

    private mutating func select() {
        isSelectionDue = false
        let waiting = subjects.keys.sorted {
            (tenants[$0].score, $1) > (tenants[$1].score, $0)
        }
        var next = waiting[...]
        while rows.count < limit, let index = next.popFirst() { show(index) }
        var shown = rows.sorted { tenants[$0.slot].score < tenants[$1.slot].score }[...]
        while let challenger = next.popFirst(), let least = shown.popFirst() {
            let score = tenants[challenger].score
            guard score > Self.margin * tenants[least.slot].score else { break }
            guard let cgroup = subjects[challenger], !shownPaths.contains(cgroup.path),
                cgroup.path != Aggregates.otherPath
            else { continue }
            displace(least)
            show(challenger)
        }
    }

    /// It is there, and not shown any more.
    private mutating func displace(_ row: TallyRow) {
        hide(row.slot)
        hidden += 1
        subjects[row.slot] = WindowSubject(
            index: row.slot,
            generation: row.generation,
            cgroupID: row.cgroupID,
            path: row.path,
            identity: nil,
            workload: row.workload,
            isRoot: false,
            isLeaf: row.isLeaf
        )
    }
}

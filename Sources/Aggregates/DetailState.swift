internal import HeadroomABI

/// What is kept of one cgroup for its details: totals as last told, and what has gathered for
/// the window under way.
struct DetailState: Sendable {
    /// Counts that are a cgroup's own and add up along the tree. They wrap.
    enum Lane {
        static let delayBuckets = 0
        static let readBuckets = 20
        static let writeBuckets = 36
        static let retransmits = 52
        static let connects = 53
        static let accepts = 54
        static let readErrors = 55
        static let writeErrors = 56
        static let count = 57
    }

    /// Totals of hr_detail that windows tell the change of.
    struct Totals: Sendable {
        var throttledNanoseconds: UInt64 = 0
        var periods: UInt32 = 0
        var throttledPeriods: UInt32 = 0
        var pressureTime: UInt64 = 0
        var pressure: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
        var memoryEvents: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
        var majorFaults: UInt64 = 0
        var refaults: UInt64 = 0
    }

    /// Parts whose totals there is something to subtract from.
    var base: UInt32 = 0
    /// Own counts as last told, and those of the subtree in this window.
    var told = SIMD64<UInt32>(repeating: 0)
    var gathered = SIMD64<UInt32>(repeating: 0)
    /// Own resident memory as last told, where it is counted by task.
    var ownAnon: UInt64 = 0
    var ownFile: UInt64 = 0
    /// CPU time so far, split as cpu.stat splits it.
    var cpu = CPUSplit()
    var userBase: UInt64 = 0
    var systemBase: UInt64 = 0
    /// As last told, for totals that are not the cgroup's alone.
    var last = Totals()
    /// What the window under way will tell; gauges stay.
    var window = WindowDetail()
    /// Something was told since the last window closed; and before that one closed.
    var hasNews = false
    var hadNews = false
    var hasSteps = false
}

/// User and system time as cpu.stat reports them: the exact total, split in the proportion of
/// the timer's samples, neither part ever going back.
///
/// Source: `cputime_adjust` in the kernel's kernel/sched/cputime.c.
struct CPUSplit: Sendable {
    private(set) var user: UInt64 = 0
    private(set) var system: UInt64 = 0

    /// - Parameters:
    ///   - total: exact CPU time.
    ///   - userTicks, systemTicks: what the timer's samples say, in any one unit.
    mutating func update(total: UInt64, userTicks: UInt64, systemTicks: UInt64) {
        guard user &+ system < total else { return }
        var newSystem: UInt64
        if systemTicks == 0 {
            newSystem = 0
        } else if userTicks == 0 {
            newSystem = total
        } else {
            let (high, low) = systemTicks.multipliedFullWidth(by: total)
            let divisor = userTicks &+ systemTicks
            newSystem = high < divisor ? divisor.dividingFullWidth((high, low)).quotient : total
        }
        newSystem = min(max(newSystem, system), total)
        var newUser = total - newSystem
        if newUser < user {
            newUser = user
            newSystem = total - newUser
        }
        user = newUser
        system = newSystem
    }
}

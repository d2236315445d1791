package import Aggregates

/// A cgroup v2 interface file that limits, shares or protects a resource
/// (kernel, Documentation/admin-guide/cgroup-v2.rst).
package enum ControlFile: String, CaseIterable, Hashable, Sendable {
    /// CPU time a period, `QUOTA PERIOD` in microseconds or `max PERIOD`.
    case cpuMax = "cpu.max"
    /// Share of the CPUs against siblings when they are short, 1 to 10000.
    case cpuWeight = "cpu.weight"
    /// Bytes above which the kernel throttles and reclaims.
    case memoryHigh = "memory.high"
    /// Bytes that are not reclaimed while others have some.
    case memoryLow = "memory.low"
    /// Bytes above which a task is killed.
    case memoryMax = "memory.max"

    package var resource: Resource {
        switch self {
        case .cpuMax, .cpuWeight: .cpu
        case .memoryHigh, .memoryLow, .memoryMax: .memory
        }
    }

    /// The controller that has to be on for the cgroup to have the file.
    package var controller: String { resource == .cpu ? "cpu" : "memory" }

    /// Whether its amount is the most that can be used.
    var isLimit: Bool { self == .cpuMax || self == .memoryHigh || self == .memoryMax }

    /// `memory.max` over what is granted: past it a task dies instead of waiting.
    static let killMargin = 1.25
    /// The kernel takes no quota below a millisecond.
    static let leastQuota = 1_000.0

    /// What to write so that the cgroup may use `amount`, in the resource's unit.
    ///
    /// - Parameters:
    ///   - present: what the file holds; the period of `cpu.max` stays.
    ///   - allocatable: what the node has of the resource, for shares of it.
    func text(for amount: Double, present: String, allocatable: Double) -> String {
        switch self {
        case .cpuMax:
            let words = present.split(whereSeparator: \.isWhitespace)
            let period = (words.count == 2 ? Double(words[1]) : nil) ?? 100_000
            return "\(UInt64(max(Self.leastQuota, (amount * period).rounded(.up)))) \(UInt64(period))"
        case .cpuWeight:
            // 100, what a cgroup has by itself, is one percent of the node.
            return "\(UInt64(min(10_000, max(1, (10_000 * amount / allocatable).rounded()))))"
        case .memoryHigh, .memoryLow: return Self.pages(amount)
        case .memoryMax: return Self.pages(amount * Self.killMargin)
        }
    }

    /// The most that `text` lets the cgroup use, in the resource's unit: infinity for `max`; nil
    /// for what is no limit or cannot be read.
    func limit(in text: String) -> Double? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard isLimit, let first = words.first else { return nil }
        if first == "max" { return .infinity }
        guard let value = Double(first), value >= 0 else { return nil }
        switch self {
        case .cpuMax:
            guard words.count == 2, let period = Double(words[1]), period > 0 else { return nil }
            return value / period
        case .memoryMax: return value / Self.killMargin
        default: return value
        }
    }

    /// The kernel rounds to pages by itself; whole ones read back as they were written.
    private static func pages(_ bytes: Double) -> String {
        "\(UInt64((min(bytes, 0x1p62) / 4096).rounded(.up)) * 4096)"
    }
}

internal import Agent
internal import Aggregates
internal import Capacity
internal import Glibc
internal import Planner
internal import Probes

/// One line that says how far a recording is, on a terminal; nothing elsewhere.
struct ProgressOutput: QuietOutput {
    let path: String
    private var report = SelfReport()
    private let isShown = isatty(STDERR_FILENO) == 1

    init(path: String) { self.path = path }

    mutating func selfReport(_ report: SelfReport) { self.report = report }

    mutating func flush() -> Bool {
        guard isShown else { return true }
        var line = "\rrecording \(path): \(report.ticks) windows of \(report.cgroups) cgroups\u{1b}[K"
        line.withUTF8 { _ = unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
        return true
    }

    var inputDescriptor: CInt? { nil }
    mutating func input() -> Bool { true }
}

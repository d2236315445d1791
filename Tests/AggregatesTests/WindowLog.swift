import Aggregates

/// A figure of a window.
typealias WindowField = any KeyPath<Window, UInt64> & Sendable

/// Keeps everything that a visitor is told.
struct WindowLog: WindowVisitor {
    struct Entry {
        let subject: WindowSubject
        let window: Window
        let detail: WindowDetail?
    }

    struct Birth: Equatable {
        let id: UInt64
        let path: String
        let time: UInt64
    }

    /// Windows of one tick, in the order they came; finals included.
    private(set) var entries: [Entry] = []
    private(set) var finals: [Entry] = []
    private(set) var births: [Birth] = []
    /// What to answer a visit with, by path.
    var cells: [String: ForecastCells] = [:]

    subscript(path: String) -> Window? { entries.last { $0.subject.path == path }?.window }

    func detail(_ path: String) -> WindowDetail? {
        entries.last { $0.subject.path == path }?.detail
    }

    mutating func forget() {
        entries = []
        finals = []
        births = []
    }

    mutating func born(cgroupID: UInt64, path: String, timeNanoseconds: UInt64) {
        births.append(Birth(id: cgroupID, path: path, time: timeNanoseconds))
    }

    mutating func visit(
        _ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?,
        _ forecasts: inout ForecastCells
    ) -> Bool {
        entries.append(Entry(subject: cgroup, window: window, detail: detail))
        guard let wanted = cells[cgroup.path] else { return false }
        forecasts = wanted
        return true
    }

    mutating func retire(_ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?) {
        entries.append(Entry(subject: cgroup, window: window, detail: detail))
        finals.append(Entry(subject: cgroup, window: window, detail: detail))
    }
}

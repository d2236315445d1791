internal import Agent
internal import Aggregates
internal import Capacity
internal import Planner
internal import Probes

/// The agent's live view on a terminal: what `top` shows, read from the same table.
struct LiveOutput: QuietOutput {
    private let state: State

    /// Held by reference: an output is copied, the terminal is not.
    private final class State {
        let directory: RuntimeDirectory
        let screen = FullScreen()
        var attachment: TableAttachment?
        var order = SortOrder.cpu
        var showsPaths = false
        init(_ directory: RuntimeDirectory) { self.directory = directory }
    }

    init(directory: RuntimeDirectory) { state = State(directory) }

    mutating func flush() -> Bool { draw() }

    var inputDescriptor: CInt? { state.screen.inputDescriptor }

    mutating func input() -> Bool {
        for key in state.screen.keys() {
            if key == UInt8(ascii: "q") { return false }
            if let order = SortOrder.forKey(key) { state.order = order }
            if key == UInt8(ascii: "i") { state.showsPaths.toggle() }
        }
        return draw()
    }

    private func draw() -> Bool {
        if state.attachment == nil {
            state.attachment = try? TableAttachment(directory: state.directory)
        }
        guard state.attachment != nil, let snapshot = NodeSnapshot(&state.attachment!) else {
            return true
        }
        let size = FullScreen.size
        let screen = NodeScreen(
            snapshot: snapshot, columns: size.columns, order: state.order,
            showsPaths: state.showsPaths, style: TerminalStyle.of(1))
        return state.screen.show(screen.lines(rows: size.rows))
    }
}

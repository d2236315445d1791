internal import Agent
internal import Aggregates
internal import Capacity
internal import NodeView
internal import Planner
internal import Probes
internal import Terminal

/// The agent's live view on a terminal: what `top` shows, with its keys, from the same table.
struct LiveOutput: QuietOutput {
    private let state: State

    /// Held by reference: an output is copied, the terminal is not.
    private final class State {
        let view: TopView
        // The agent has the signals that end it; Ctrl-Z is the session's.
        var session = TerminalSession(features: .ofEnvironment, handlesStops: false)
        var model: TopModel?
        init(_ view: TopView) { self.view = view }
    }

    init(_ view: TopView) { state = State(view) }

    mutating func flush() -> Bool {
        if state.model == nil, let source = try? state.view.source() {
            state.model = TopModel(source: state.view.layered(source), pools: state.view.pools)
        }
        // What cannot be read now is shown at the next tick.
        try? state.model?.refresh()
        return draw()
    }

    var inputDescriptor: CInt? { state.session.inputDescriptor }

    mutating func input() -> Bool {
        guard let keys = state.session.keys() else { return false }
        guard let model = state.model else { return !keys.contains(.character("q")) }
        for key in keys where !model.handle(key) { return false }
        return draw()
    }

    private func draw() -> Bool {
        guard let model = state.model else { return true }
        let size = state.session.size
        return state.session.show(model.frame(columns: size.columns, rows: size.rows))
    }
}

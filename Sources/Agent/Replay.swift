internal import Aggregates
internal import Capacity
internal import Forecast

/// Feeds a recording to an engine: the same windows, forecasts and plans as the live run.
package enum Replay {
    /// How much was replayed.
    package struct Summary: Sendable {
        package var frames = 0
        package var ticks = 0
        package var requests = 0
    }

    /// Replays `path` into the sink that `makeSink` gives for the recorded configuration.
    /// `afterTick` sees the sink after each tick, to empty it.
    package static func run<Sink: EngineSink>(
        path: String,
        makeSink: (EngineConfiguration) -> Sink,
        afterTick: (inout Sink) throws -> Void
    ) throws -> Summary {
        var reader = try RecordingReader(path: path)
        guard case .configuration(let configuration) = try reader.next() else {
            throw AgentError(.failed, "\(path): the first frame is not a configuration")
        }
        var engine = Engine(
            configuration: configuration, table: SharedTable(slots: configuration.tableSlots),
            sink: makeSink(configuration))
        var summary = Summary()
        var waiting: [CapacityRequest] = []
        // Answered as pending; what became of them may come at any later time.
        var pending: [UInt64: CapacityRequest] = [:]
        while let frame = try reader.next() {
            switch frame {
            case .configuration:
                throw AgentError(.failed, "\(path): a second configuration in one recording")
            case .reconfigured(let configuration): _ = engine.reconfigure(configuration)
            case .providerChanged(let ofCgroups): engine.providerChanged(ofCgroups: ofCgroups)
            case .record(let bytes):
                unsafe bytes.withUnsafeBytes { unsafe engine.ingest($0) }
                let urgent = engine.takeUrgent()
                waiting += urgent
                summary.requests += urgent.count
            case .restored(let bytes):
                do throws(CheckpointError) {
                    _ = engine.restore(try Checkpoint(decoding: bytes))
                } catch {
                    throw AgentError(.failed, "\(path): what an earlier run had learned: \(error)")
                }
            case .pods(let pods): engine.name(pods)
            case .found(let id, let path): engine.found(id: id, path: path)
            case .tick(let input):
                if summary.ticks > 0 { try afterTick(&engine.sink) }
                try requireSettled(waiting, path)
                waiting = engine.tick(input)
                summary.ticks += 1
                summary.requests += waiting.count
            case .outcome(let id, let provider, let outcome):
                if let request = pending.removeValue(forKey: id) {
                    engine.settle(request, outcome, provider: provider)
                    continue
                }
                guard let first = waiting.first, first.id == id else {
                    throw AgentError(
                        .failed,
                        "\(path): diverged at tick \(summary.ticks): the recording answers request \(id), the replay \(waiting.first.map { "made request \($0.id)" } ?? "made none")"
                    )
                }
                if outcome == .pending { pending[id] = first }
                engine.settle(waiting.removeFirst(), outcome, provider: provider)
            }
        }
        try afterTick(&engine.sink)
        summary.frames = reader.frames
        return summary
    }

    private static func requireSettled(
        _ waiting: [CapacityRequest], _ path: String
    ) throws(AgentError) {
        guard let first = waiting.first else { return }
        throw AgentError(
            .failed, "\(path): diverged: request \(first.id) was never answered in the recording")
    }
}

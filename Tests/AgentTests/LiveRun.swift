import Aggregates
import Capacity
import Forecast
import HeadroomABI
import Planner

@testable import Agent

/// The agent without a kernel: what `AgentLoop` does, on a script's records and its time.
final class LiveRun<Sink: EngineSink> {
    var script: KernelScript
    var engine: Engine<Sink>
    private(set) var provider: HostProvider
    private var recorder: Recorder?
    private(set) var requests: [(CapacityRequest, CapacityOutcome)] = []
    /// Of planned cgroups, by path; nil: it cannot be limited now.
    var limits: [String: Double] = [:]
    var utcOffset: Int64 = 0
    /// What to add to the script's time for Unix time; another one is a clock that was set.
    var unixOffset = KernelScript.unixOffset
    /// By `AgentFailure`.
    var failures: [UInt64] = []
    /// What is told of request rates.
    var rates: [ExpectedRates?] = []
    /// Told with every tick.
    var kernelLosses = [UInt64](repeating: 0, count: Int(HR_LOSS_COUNT.rawValue))

    init(
        _ script: KernelScript,
        _ configuration: EngineConfiguration,
        sink: Sink,
        facts: HostFacts = HostFacts(cores: 64, memoryBytes: 64e9),
        recording path: String? = nil
    ) throws {
        self.script = script
        provider = HostProvider(facts: facts)
        recorder = nil
        if let path { recorder = try Recorder(path: path, configuration: configuration) }
        engine = Engine(
            configuration: configuration,
            table: SharedTable(slots: configuration.tableSlots),
            sink: sink
        )
        learnNames()
    }

    func ingest(_ record: [UInt8]) {
        recorder?.append(.record(record))
        unsafe record.withUnsafeBytes { unsafe engine.ingest($0) }
    }

    func learnNames() {
        for (id, path) in script.tree {
            recorder?.append(.found(id: id, path: path))
            engine.found(id: id, path: path)
        }
    }

    /// Walks, ticks and settles.
    func tick(
        seconds: Double = 1,
        skipped: UInt64 = 0,
        losing lost: Set<String> = [],
        usage: (String) -> KernelScript.Usage
    ) throws {
        for record in script.walk(seconds: seconds, losing: lost, usage: usage) { ingest(record) }
        var input = TickInput()
        input.unixOffsetNanoseconds = unixOffset
        input.utcOffsetSeconds = utcOffset
        input.rates = rates
        input.failures = failures
        input.rootCPUNanoseconds = script.hostCPU
        input.kernelLosses = kernelLosses
        input.skippedTicks = skipped
        let now = Int64(script.time) + unixOffset
        input.observations = engine.configuration.plans.map { plan in
            guard let cgroup = plan.cgroup else {
                let pool = engine.configuration.name(of: plan.scope)
                return provider.observe(pool: pool, plan.resource, nowNanoseconds: now)
            }
            return limits[cgroup].map {
                CapacityObservation(ready: $0, pending: 0, allocatable: 64)
            }
        }
        recorder?.append(.tick(input))
        for request in engine.tick(input) { carryOut(request) }
        if !engine.unnamed.isEmpty { learnNames() }
        try recorder?.flush()
    }

    /// Plans otherwise from the next tick on.
    @discardableResult
    func reconfigure(_ configuration: EngineConfiguration) -> RestoreSummary {
        defer { recorder?.append(.reconfigured(configuration)) }
        return engine.reconfigure(configuration)
    }

    /// Asks another from the next tick on, who has given nothing yet.
    func changeProvider(_ facts: HostFacts) {
        provider = HostProvider(facts: facts)
        recorder?.append(.providerChanged(ofCgroups: false))
        engine.providerChanged(ofCgroups: false)
    }

    /// What alarms ask for between ticks.
    func settleUrgent() {
        for request in engine.takeUrgent() { carryOut(request) }
    }

    private func carryOut(_ request: CapacityRequest) {
        let outcome: CapacityOutcome
        if limits[request.pool] != nil {
            limits[request.pool] = request.amount
            outcome = .granted(amount: request.amount)
        } else {
            outcome = provider.reserve(request)
        }
        requests.append((request, outcome))
        recorder?.append(.outcome(requestID: request.id, provider: provider.name, outcome))
        engine.settle(request, outcome, provider: provider.name)
    }
}

extension Replay {
    /// The JSON lines that a recording gives.
    static func lines(_ path: String) throws -> (output: [UInt8], summary: Summary) {
        var output: [UInt8] = []
        let summary = try run(path: path) { _ in
            JSONSink(descriptor: -1)
        } afterTick: { sink in
            output += sink.line.bytes
            sink.line.removeAll()
        }
        return (output, summary)
    }
}

extension EngineConfiguration {
    /// CPU and memory planned at a cost ratio of 19, small enough for a test.
    static func small(
        horizonsSeconds: [Int64] = [60, 300],
        planned: [Resource] = [.cpu, .memory]
    ) -> EngineConfiguration {
        var configuration = EngineConfiguration()
        configuration.horizonsNanoseconds = horizonsSeconds.map { $0 * 1_000_000_000 }
        configuration.tableSlots = 32
        configuration.plans = planned.map { resource in
            PlannedResource(
                resource: resource,
                configuration: ResourcePlanConfiguration(
                    costRatio: 19,
                    leadTimeNanoseconds: horizonsSeconds[0] * 1_000_000_000,
                    chunk: resource == .cpu ? 0.25 : 1_048_576,
                    downHoldNanoseconds: 20_000_000_000
                )
            )
        }
        return configuration
    }
}

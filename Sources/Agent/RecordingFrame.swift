internal import Aggregates
internal import Capacity
internal import Forecast
internal import Planner

/// One input of the engine as it stands in a recording.
enum RecordingFrame: Sendable {
    /// First frame of every recording.
    case configuration(EngineConfiguration)
    /// The agent plans otherwise from here on.
    case reconfigured(EngineConfiguration)
    /// Another carries plans out from here on: those of cgroups, or those of the node and pools.
    case providerChanged(ofCgroups: Bool)
    /// A ring record, as the kernel wrote it.
    case record([UInt8])
    /// A cgroup that a scan found.
    case found(id: UInt64, path: String)
    case tick(TickInput)
    /// The provider's answer to the request with this id.
    case outcome(requestID: UInt64, provider: String, CapacityOutcome)
    /// All pods that are known from now on.
    case pods([Pod])
    /// What an earlier run had learned of one series: a checkpoint with that one in it.
    case restored([UInt8])

    enum Kind: UInt8 {
        case configuration = 1
        case record, found, tick, outcome, restored, pods, reconfigured, providerChanged
    }

    var kind: Kind {
        switch self {
        case .configuration: .configuration
        case .reconfigured: .reconfigured
        case .providerChanged: .providerChanged
        case .record: .record
        case .found: .found
        case .tick: .tick
        case .outcome: .outcome
        case .restored: .restored
        case .pods: .pods
        }
    }

    // MARK: Encoding

    var payload: [UInt8] {
        var writer = ByteWriter()
        switch self {
        case .configuration(let configuration), .reconfigured(let configuration):
            Self.write(configuration, to: &writer)
        case .providerChanged(let ofCgroups): writer.write(UInt8(ofCgroups ? 1 : 0))
        case .record(let bytes), .restored(let bytes): return bytes
        case .found(let id, let path):
            writer.write(id)
            writer.write(path)
        case .tick(let input): Self.write(input, to: &writer)
        case .outcome(let id, let provider, let outcome):
            let summary = OutcomeSummary(outcome)
            writer.write(id)
            writer.write(provider)
            writer.write(UInt8(summary.code))
            writer.write(summary.granted ?? 0)
            writer.write(summary.reason ?? "")
        case .pods(let pods): Self.write(pods, to: &writer)
        }
        return writer.bytes
    }

    private static func write(_ pods: [Pod], to writer: inout ByteWriter) {
        writer.write(UInt32(pods.count))
        for pod in pods {
            for text in [pod.uid, pod.namespace, pod.name, pod.application] { writer.write(text) }
            let containers = pod.containers.sorted { $0.key < $1.key }.prefix(Int(Self.listLimit))
            writer.write(UInt32(containers.count))
            for (id, name) in containers {
                writer.write(id)
                writer.write(name)
            }
        }
    }

    private static func write(_ configuration: EngineConfiguration, to writer: inout ByteWriter) {
        writer.write(configuration.intervalNanoseconds)
        writer.write(UInt32(configuration.horizonsNanoseconds.count))
        for horizon in configuration.horizonsNanoseconds { writer.write(horizon) }
        writer.write(UInt32(configuration.quantiles.count))
        for quantile in configuration.quantiles { writer.write(quantile) }
        writer.write(configuration.pool)
        writer.write(UInt32(configuration.tableSlots))
        writer.write(configuration.forecastsToPlanCgroup)
        writer.write(UInt32(configuration.plans.count))
        for plan in configuration.plans {
            writer.write(plan.resource.rawValue)
            writer.write(text(of: plan.scope))
            writer.write(plan.configuration.costRatio)
            writer.write(plan.configuration.leadTimeNanoseconds)
            writer.write(plan.configuration.chunk)
            writer.write(plan.configuration.minimum)
            writer.write(plan.configuration.maximum)
            writer.write(plan.configuration.downHysteresis)
            writer.write(plan.configuration.downHoldNanoseconds)
            writer.write(plan.configuration.raisePerMinute ?? .infinity)
            writer.write(plan.configuration.lowerPerMinute ?? .infinity)
            writer.write(plan.configuration.holdPrice ?? .infinity)
        }
        writer.write(UInt32(configuration.pools.count))
        for pool in configuration.pools {
            writer.write(pool.name)
            writer.write(UInt32(pool.cgroups.count))
            for pattern in pool.cgroups { writer.write(pattern.description) }
            writer.write(Int64(pool.priority))
            writer.write(pool.weight)
        }
        writer.write(UInt32(configuration.hints.count))
        for hint in configuration.hints {
            writer.write(text(of: hint.scope))
            writer.write(hint.resource.rawValue)
            write(hint.demand, to: &writer)
        }
        writer.write(UInt32(configuration.rates.count))
        for scope in configuration.rates { writer.write(text(of: scope)) }
        writer.write(UInt32(configuration.shapes.count))
        for shape in configuration.shapes {
            writer.write(shape.name)
            writer.write(shape.cores)
            writer.write(shape.memoryBytes)
            writer.write(shape.price)
        }
        writer.write(UInt32(configuration.maintenance.count))
        for window in configuration.maintenance { write(window, to: &writer) }
    }

    private static func text(of scope: PlanScope) -> String {
        switch scope {
        case .node: ""
        case .pool(let index): "pool:\(index)"
        case .cgroup(let path): path
        }
    }

    private static func write(_ demand: ScheduledDemand, to writer: inout ByteWriter) {
        writer.write(demand.startSecond)
        writer.write(demand.durationSeconds)
        writer.write(demand.weekdays)
        writer.write(demand.amount)
    }

    private static func write(_ input: TickInput, to writer: inout ByteWriter) {
        writer.write(input.unixOffsetNanoseconds)
        writer.write(input.utcOffsetSeconds)
        writer.write(input.rootCPUNanoseconds)
        writer.write(input.recursionMisses)
        writer.write(input.skippedTicks)
        writer.write(input.unobserved)
        writer.write(UInt32(input.kernelLosses.count))
        for loss in input.kernelLosses { writer.write(loss) }
        writer.write(UInt32(input.observations.count))
        for observation in input.observations {
            writer.write(UInt8(observation == nil ? 0 : 1))
            writer.write(observation?.ready ?? 0)
            writer.write(observation?.pending ?? 0)
            writer.write(observation?.allocatable ?? .nan)
        }
        writer.write(UInt32(input.failures.count))
        for failure in input.failures { writer.write(failure) }
        writer.write(UInt32(input.rates.count))
        for rates in input.rates {
            writer.write(rates?.rate ?? .nan)
            writer.write(UInt32(rates?.points.count ?? 0))
            for point in rates?.points ?? [] {
                writer.write(point.aheadNanoseconds)
                writer.write(point.rate)
            }
        }
    }

    // MARK: Decoding

    /// Nil when the payload is not one of this kind.
    init?(kind: Kind, payload: [UInt8]) {
        var reader = ByteReader(payload[...])
        switch kind {
        case .record:
            self = .record(payload)
            return
        case .restored:
            self = .restored(payload)
            return
        case .configuration:
            guard let value = Self.readConfiguration(&reader) else { return nil }
            self = .configuration(value)
        case .reconfigured:
            guard let value = Self.readConfiguration(&reader) else { return nil }
            self = .reconfigured(value)
        case .providerChanged:
            guard let ofCgroups = reader.read(UInt8.self), ofCgroups <= 1 else { return nil }
            self = .providerChanged(ofCgroups: ofCgroups == 1)
        case .found:
            guard let id = reader.read(UInt64.self), let path = reader.readText() else { return nil }
            self = .found(id: id, path: path)
        case .tick:
            guard let value = Self.readTick(&reader) else { return nil }
            self = .tick(value)
        case .outcome:
            guard let value = Self.readOutcome(&reader) else { return nil }
            self = value
        case .pods:
            guard let value = Self.list(&reader, limit: UInt32(PodFile.podLimit), { Self.readPod(&$0) })
            else { return nil }
            self = .pods(value)
        }
        guard reader.isAtEnd else { return nil }
    }

    /// Seven resources of each of 64 scheduled demands are the most that is configured in a list.
    static let listLimit: UInt32 = 512

    /// Whether what is written of it is read again: lists and texts are bounded for the reader.
    var isReadable: Bool {
        let payload = payload
        return payload.count <= Int(RecordingReader.payloadLimit) && RecordingFrame(kind: kind, payload: payload) != nil
    }

    /// What cannot be read again, for people.
    static let limits = "a recording holds lists of at most \(listLimit) and \(RecordingReader.payloadLimit >> 20) MiB in all"

    private static func list<Element>(
        _ reader: inout ByteReader, limit: UInt32 = listLimit,
        _ element: (inout ByteReader) -> Element?
    ) -> [Element]? {
        guard let count = reader.read(UInt32.self), count <= limit else { return nil }
        var values: [Element] = []
        for _ in 0..<count {
            guard let value = element(&reader) else { return nil }
            values.append(value)
        }
        return values
    }

    private static func readConfiguration(_ reader: inout ByteReader) -> EngineConfiguration? {
        var result = EngineConfiguration()
        guard let interval = reader.read(UInt64.self), interval > 0,
            let horizons = list(&reader, { $0.read(Int64.self) }), !horizons.isEmpty,
            horizons.allSatisfy({ $0 > 0 }),
            let quantiles = list(&reader, { $0.readDouble() }), !quantiles.isEmpty,
            quantiles.allSatisfy({ $0 >= 0 && $0 < 1 }),
            zip(quantiles, quantiles.dropFirst()).allSatisfy({ $0 < $1 }),
            let pool = reader.readText(), let slots = reader.read(UInt32.self),
            (1...1_000_000).contains(slots), let forecasts = reader.read(UInt64.self),
            let plans = list(&reader, { Self.readPlan(&$0) }),
            let pools = list(&reader, { Self.readPool(&$0) }),
            let hints = list(&reader, { Self.readHint(&$0) }),
            let rates = list(&reader, { $0.readText().flatMap(Self.scope) }),
            let shapes = list(&reader, { Self.readShape(&$0) }),
            let maintenance = list(&reader, { Self.readScheduled(&$0) })
        else { return nil }
        for case .pool(let index) in plans.map(\.scope) + hints.map(\.scope) + rates
        where !pools.indices.contains(index) {
            return nil
        }
        result.intervalNanoseconds = interval
        result.horizonsNanoseconds = horizons
        result.quantiles = quantiles
        result.pool = pool
        result.tableSlots = Int(slots)
        result.forecastsToPlanCgroup = forecasts
        result.plans = plans
        result.pools = pools
        result.hints = hints
        result.rates = rates
        result.shapes = shapes
        result.maintenance = maintenance
        return result
    }

    private static func readPlan(_ reader: inout ByteReader) -> PlannedResource? {
        guard let raw = reader.read(UInt8.self), let resource = Resource(rawValue: raw),
            Resource.measured.contains(resource), let who = reader.readText(),
            let ratio = reader.readDouble(), ratio > 0, ratio.isFinite,
            let lead = reader.read(Int64.self), lead >= 0,
            let chunk = reader.readDouble(), chunk > 0, chunk.isFinite,
            let minimum = reader.readDouble(), minimum >= 0, minimum.isFinite,
            let maximum = reader.readDouble(), maximum >= max(minimum, chunk),
            let hysteresis = reader.readDouble(), (0..<1).contains(hysteresis),
            let hold = reader.read(Int64.self), hold >= 0,
            let raise = reader.readDouble(), raise > 0, let lower = reader.readDouble(), lower > 0,
            let price = reader.readDouble(), price > 0
        else { return nil }
        let configuration = ResourcePlanConfiguration(
            costRatio: ratio, leadTimeNanoseconds: lead, chunk: chunk, minimum: minimum,
            maximum: maximum, downHysteresis: hysteresis, downHoldNanoseconds: hold,
            raisePerMinute: raise.isFinite ? raise : nil,
            lowerPerMinute: lower.isFinite ? lower : nil,
            holdPrice: price.isFinite ? price : nil)
        guard configuration.holdsWholeChunks else { return nil }
        guard let scope = scope(who) else { return nil }
        return PlannedResource(resource: resource, configuration: configuration, scope: scope)
    }

    private static func scope(_ text: String) -> PlanScope? {
        if text.isEmpty { return .node }
        if text.hasPrefix("/") { return .cgroup(text) }
        guard text.hasPrefix("pool:"), let index = Int(text.dropFirst(5)) else { return nil }
        return .pool(index)
    }

    private static func readShape(_ reader: inout ByteReader) -> ChunkShape? {
        guard let name = reader.readText(), let cores = reader.readDouble(),
            let memory = reader.readDouble(), let price = reader.readDouble(),
            [cores, memory, price].allSatisfy({ $0 > 0 && $0.isFinite })
        else { return nil }
        return ChunkShape(name: name, cores: cores, memoryBytes: memory, price: price)
    }

    private static func readHint(_ reader: inout ByteReader) -> PlanHint? {
        guard let who = reader.readText(), let scope = scope(who),
            let raw = reader.read(UInt8.self), let resource = Resource(rawValue: raw),
            let demand = readScheduled(&reader)
        else { return nil }
        return PlanHint(scope: scope, resource: resource, demand: demand)
    }

    private static func readScheduled(_ reader: inout ByteReader) -> ScheduledDemand? {
        guard let start = reader.read(Int64.self), (0..<86_400).contains(start),
            let duration = reader.read(Int64.self), (1...86_400).contains(duration),
            let weekdays = reader.read(UInt8.self), let amount = reader.readDouble(),
            amount.isFinite, amount >= 0
        else { return nil }
        return ScheduledDemand(
            startSecond: start, durationSeconds: duration, weekdays: weekdays, amount: amount)
    }

    private static func readPool(_ reader: inout ByteReader) -> PoolDefinition? {
        guard let name = reader.readText(),
            let patterns = list(&reader, { $0.readText().flatMap(CgroupPattern.init) }),
            let priority = reader.read(Int64.self), let weight = reader.readDouble(), weight > 0,
            weight.isFinite
        else { return nil }
        return PoolDefinition(
            name: name, cgroups: patterns, priority: Int(priority), weight: weight)
    }

    private static func readPod(_ reader: inout ByteReader) -> Pod? {
        guard let uid = reader.readText(), let namespace = reader.readText(),
            let name = reader.readText(), let application = reader.readText(),
            let containers = list(
                &reader,
                { reader -> (String, String)? in
                    guard let id = reader.readText(), let name = reader.readText() else { return nil }
                    return (id, name)
                })
        else { return nil }
        return Pod(
            uid: uid, namespace: namespace, name: name, application: application,
            containers: Dictionary(containers) { first, _ in first })
    }

    private static func readTick(_ reader: inout ByteReader) -> TickInput? {
        var input = TickInput()
        guard let offset = reader.read(Int64.self), let zone = reader.read(Int64.self),
            // What a file of time zones can say (RFC 8536).
            Int32(exactly: zone) != nil,
            let cpu = reader.read(UInt64.self),
            let recursion = reader.read(UInt64.self), let skipped = reader.read(UInt64.self),
            let unobserved = reader.read(UInt32.self),
            let losses = list(&reader, { $0.read(UInt64.self) }),
            let observations = list(&reader, { Self.readObservation(&$0) }),
            let failures = list(&reader, { $0.read(UInt64.self) }),
            let rates = list(&reader, { Self.readRates(&$0) })
        else { return nil }
        input.unixOffsetNanoseconds = offset
        input.utcOffsetSeconds = zone
        input.rootCPUNanoseconds = cpu
        input.recursionMisses = recursion
        input.skippedTicks = skipped
        input.unobserved = unobserved
        input.kernelLosses = losses
        input.observations = observations
        input.failures = failures
        input.rates = rates
        return input
    }

    private static func readRates(_ reader: inout ByteReader) -> ExpectedRates?? {
        func isRate(_ rate: Double) -> Bool { rate >= 0 && rate <= RateFile.largestRate }
        let points = { (reader: inout ByteReader) in
            list(&reader) { reader -> ExpectedRates.Point? in
                guard let ahead = reader.read(Int64.self), let rate = reader.readDouble(),
                    isRate(rate)
                else { return nil }
                return ExpectedRates.Point(aheadNanoseconds: ahead, rate: rate)
            }
        }
        guard let rate = reader.readDouble(), let points = points(&reader) else { return nil }
        if rate.isNaN { return points.isEmpty ? .some(nil) : nil }
        guard isRate(rate), points.count <= ExpectedRates.limit else { return nil }
        return ExpectedRates(rate: rate, points: points)
    }

    private static func readObservation(_ reader: inout ByteReader) -> CapacityObservation?? {
        guard let isKnown = reader.read(UInt8.self), let ready = reader.readDouble(),
            let pending = reader.readDouble(), let allocatable = reader.readDouble(), isKnown <= 1
        else { return nil }
        guard isKnown == 1 else { return .some(nil) }
        // Not a number is a limit that nobody knows.
        guard ready >= 0, pending >= 0, allocatable >= 0 || allocatable.isNaN else { return nil }
        return CapacityObservation(
            ready: ready, pending: pending, allocatable: allocatable.isNaN ? nil : allocatable)
    }

    private static func readOutcome(_ reader: inout ByteReader) -> RecordingFrame? {
        guard let id = reader.read(UInt64.self), let provider = reader.readText(),
            let code = reader.read(UInt8.self), let granted = reader.readDouble(),
            let reason = reader.readText()
        else { return nil }
        let outcome: CapacityOutcome
        switch code {
        case 0: outcome = .granted(amount: granted)
        case 1: outcome = .partial(amount: granted, reason: reason)
        case 2: outcome = .denied(reason: reason)
        case 3: outcome = .pending
        default: return nil
        }
        return .outcome(requestID: id, provider: provider, outcome)
    }
}

import Aggregates
import Capacity
import Forecast
import Planner
import TestSupport
import Testing

@testable import Agent

/// Every input of the engine comes back from a recording as it was.
@Suite struct RecordingFrameTests {
    /// Writes the frame and reads it again.
    private static func roundTrip(_ frame: RecordingFrame) -> RecordingFrame? {
        RecordingFrame(kind: frame.kind, payload: frame.payload)
    }

    private static var fullConfiguration: EngineConfiguration {
        var configuration = EngineConfiguration()
        configuration.intervalNanoseconds = 250_000_000
        configuration.horizonsNanoseconds = [1, 60_000_000_000, .max]
        configuration.quantiles = [0, 0.5, 0.9, 0.999_999]
        configuration.pool = "größe/🙂"
        configuration.tableSlots = 77
        configuration.plans = [
            PlannedResource(
                resource: .cpu,
                configuration: ResourcePlanConfiguration(
                    costRatio: 19,
                    leadTimeNanoseconds: 300_000_000_000,
                    chunk: 0.25
                )
            ),
            PlannedResource(
                resource: .diskWrite,
                configuration: ResourcePlanConfiguration(
                    costRatio: 0.1,
                    leadTimeNanoseconds: 0,
                    chunk: 1_048_576,
                    minimum: 1,
                    maximum: 1e12,
                    downHysteresis: 0.25,
                    downHoldNanoseconds: 1
                )
            ),
        ]
        return configuration
    }

    @Test func configurationComesBackWithAnInfiniteMaximum() throws {
        let written = Self.fullConfiguration
        #expect(written.plans[0].configuration.maximum == .infinity)
        guard case .configuration(let read) = Self.roundTrip(.configuration(written)) else {
            Issue.record("no configuration came back")
            return
        }
        #expect(read == written)
    }

    @Test func defaultConfigurationComesBack() {
        guard case .configuration(let read) = Self.roundTrip(.configuration(EngineConfiguration()))
        else {
            Issue.record("no configuration came back")
            return
        }
        #expect(read == EngineConfiguration())
    }

    @Test(arguments: [0, 1, 144, 1_048])
    func recordComesBackByteForByte(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37) }
        guard case .record(let read) = Self.roundTrip(.record(bytes)) else {
            Issue.record("no record came back")
            return
        }
        #expect(read == bytes)
    }

    @Test(arguments: ["", "/", "/a/b c", "/漢字/🙂"])
    func foundCgroupComesBack(path: String) {
        let written = UInt64.max - 5
        guard case .found(let id, let read) = Self.roundTrip(.found(id: written, path: path)) else {
            Issue.record("nothing found came back")
            return
        }
        #expect(id == written)
        #expect(read == path)
    }

    @Test func tickComesBackWithUnknownObservationsAndLimits() {
        var input = TickInput()
        input.unixOffsetNanoseconds = -5
        input.rootCPUNanoseconds = .max
        input.kernelLosses = [0, 1, .max, 3, 4, 5, 6]
        input.recursionMisses = 12
        input.skippedTicks = 3
        input.failures = [1, .max, 3]
        input.rates = [
            nil,
            ExpectedRates(
                rate: 120, points: [ExpectedRates.Point(aheadNanoseconds: -5, rate: 0)]),
            ExpectedRates(rate: 0),
        ]
        input.observations = [
            nil,
            CapacityObservation(ready: 1.5, pending: 0.25, allocatable: nil),
            CapacityObservation(ready: 0, pending: 0, allocatable: 0),
            nil,
            CapacityObservation(ready: 1e300, pending: .infinity, allocatable: 8),
        ]
        guard case .tick(let read) = Self.roundTrip(.tick(input)) else {
            Issue.record("no tick came back")
            return
        }
        #expect(read == input)
    }

    /// Each would reach a precondition, or an overflow, in what a replay does with it.
    @Test func capacitiesAndTimesThatCannotBeAreNoTick() {
        func tick(_ change: (inout TickInput) -> Void) -> Bool {
            var input = TickInput()
            change(&input)
            return Self.roundTrip(.tick(input)) != nil
        }
        func observed(_ ready: Double, _ pending: Double, _ allocatable: Double?) -> Bool {
            tick { $0.observations = [CapacityObservation(ready: ready, pending: pending, allocatable: allocatable)] }
        }
        #expect(observed(0, 0, 0) && observed(1, 1, .infinity))
        #expect(!observed(1, 0, -1) && !observed(-1, 0, 4) && !observed(1, -0.5, nil) && !observed(.nan, 0, 4))
        for offset in [0, -43_200, 50_400, Int64(Int32.max), Int64(Int32.min)] { #expect(tick { $0.utcOffsetSeconds = offset }) }
        for offset in [Int64(Int32.max) + 1, .max, .min] { #expect(!tick { $0.utcOffsetSeconds = offset }) }
        func rate(_ rate: Double) -> Bool { tick { $0.rates = [ExpectedRates(rate: rate)] } }
        #expect(rate(1e12) && !rate(1e13) && !rate(-1) && !rate(.infinity))
    }

    @Test func emptyTickComesBack() {
        guard case .tick(let read) = Self.roundTrip(.tick(TickInput())) else {
            Issue.record("no tick came back")
            return
        }
        #expect(read == TickInput())
    }

    @Test(
        arguments: [
            .granted(amount: 2.5), .partial(amount: 0.1, reason: "the node has 2 \"cores\""),
            .denied(reason: "nothing\nleft"), .denied(reason: ""), .pending,
        ] as [CapacityOutcome]
    )
    func outcomeComesBack(outcome: CapacityOutcome) {
        let frame = RecordingFrame.outcome(requestID: 42, provider: "host", outcome)
        guard case .outcome(let id, let provider, let read) = Self.roundTrip(frame) else {
            Issue.record("no outcome came back")
            return
        }
        #expect(id == 42)
        #expect(provider == "host")
        #expect(read == outcome)
    }

    private static var framesWithStructure: [RecordingFrame] {
        var input = TickInput()
        input.kernelLosses = [1, 2]
        input.observations = [nil, CapacityObservation(ready: 1, pending: 2, allocatable: 3)]
        return [
            .configuration(fullConfiguration), .found(id: 1, path: "/a"), .tick(input),
            .outcome(requestID: 1, provider: "host", .partial(amount: 1, reason: "why")),
        ]
    }

    @Test func payloadCutAnywhereOrWithMoreBehindItIsNoFrame() {
        for frame in Self.framesWithStructure {
            for count in frame.payload.indices {
                let cut = RecordingFrame(kind: frame.kind, payload: Array(frame.payload[..<count]))
                #expect(cut == nil, "\(frame.kind) of \(count) bytes")
            }
            #expect(RecordingFrame(kind: frame.kind, payload: frame.payload + [0]) == nil)
        }
    }

    /// The checksum does not protect from a file that was made to harm.
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func damagedPayloadsWithARightChecksumNeverTrap(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for frame in Self.framesWithStructure {
            for _ in 0..<200 {
                var payload = frame.payload
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let at = payload.indices.randomElement(using: &generator)!
                    payload[at] = [0, 1, 0x7f, 0xff, 0xf0].randomElement(using: &generator)!
                }
                guard
                    case .configuration(var configuration) = RecordingFrame(
                        kind: frame.kind,
                        payload: payload
                    )
                else { continue }
                configuration.tableSlots = 4
                // What was accepted must make an engine.
                _ = Engine(
                    configuration: configuration,
                    table: SharedTable(slots: 4),
                    sink: CapturingSink()
                )
            }
        }
    }

    /// What a configuration file may hold at most: 64 demands of all seven resources.
    @Test func aScheduleAsLongAsMayBeComesBackAndALongerOneIsNotRecorded() throws {
        let demand = ScheduledDemand(startSecond: 0, durationSeconds: 60, amount: 1)
        var configuration = EngineConfiguration()
        configuration.hints = (0..<64).flatMap { _ in
            Resource.allCases.map { PlanHint(scope: .node, resource: $0, demand: demand) }
        }
        #expect(configuration.hints.count == 448)
        guard case .configuration(let read) = Self.roundTrip(.configuration(configuration)) else {
            Issue.record("no configuration came back")
            return
        }
        #expect(read == configuration)
        configuration.hints = (0...512).map { _ in PlanHint(scope: .node, resource: .cpu, demand: demand) }
        let directory = try TemporaryDirectory()
        let path = directory.file("run.hrr")
        let error = #expect(throws: AgentError.self) { _ = try Recorder(path: path, configuration: configuration) }
        #expect(
            error?.description
                == "\(path): this configuration is too large to be replayed: a recording holds lists of at most 512 and 32 MiB in all")
        #expect(try directory.contents == [])
    }

    @Test(arguments: [false, true]) func anotherProviderComesBack(ofCgroups: Bool) {
        let frame = RecordingFrame.providerChanged(ofCgroups: ofCgroups)
        guard case .providerChanged(let read) = Self.roundTrip(frame) else {
            Issue.record("nothing came back")
            return
        }
        #expect(read == ofCgroups)
        for payload in [[], [2], [0, 0]] as [[UInt8]] {
            #expect(RecordingFrame(kind: frame.kind, payload: payload) == nil)
        }
    }

    /// As many as are taken of a file of pods, with some containers each.
    @Test func allPodsOfAFileAreReadAgainFromARecording() throws {
        let pods = (0..<PodFile.podLimit).map { index -> Pod in
            let ids = (0..<4).map { "\(index)-\($0)" + String(repeating: "f", count: 60) }
            return Pod(
                uid: "\(index)-5d8f-4e1a-9c55-0123456789ab", namespace: "shop", name: "web-\(index)",
                application: "shop/Deployment/web",
                containers: Dictionary(uniqueKeysWithValues: ids.map { ($0, "web") }))
        }
        let directory = try TemporaryDirectory()
        let path = directory.file("run.hrr")
        do {
            var recorder = try Recorder(path: path, configuration: EngineConfiguration())
            recorder.append(.pods(pods))
            try recorder.flush()
        }
        var reader = try RecordingReader(path: path)
        _ = try reader.next()
        guard case .pods(let read) = try reader.next() else {
            Issue.record("no pods came back")
            return
        }
        #expect(read == pods)
    }

    /// Each of these would stop the planner with a precondition.
    @Test(arguments: [
        ResourcePlanConfiguration(costRatio: 0, leadTimeNanoseconds: 1, chunk: 1),
        ResourcePlanConfiguration(costRatio: .infinity, leadTimeNanoseconds: 1, chunk: 1),
        ResourcePlanConfiguration(costRatio: .nan, leadTimeNanoseconds: 1, chunk: 1),
        ResourcePlanConfiguration(costRatio: 19, leadTimeNanoseconds: -1, chunk: 1),
        ResourcePlanConfiguration(costRatio: 19, leadTimeNanoseconds: 1, chunk: 0),
        ResourcePlanConfiguration(costRatio: 19, leadTimeNanoseconds: 1, chunk: .infinity),
        ResourcePlanConfiguration(costRatio: 19, leadTimeNanoseconds: 1, chunk: 1, minimum: -1),
        ResourcePlanConfiguration(
            costRatio: 19,
            leadTimeNanoseconds: 1,
            chunk: 1,
            minimum: .infinity
        ),
        ResourcePlanConfiguration(costRatio: 19, leadTimeNanoseconds: 1, chunk: 2, maximum: 1),
        ResourcePlanConfiguration(
            costRatio: 19,
            leadTimeNanoseconds: 1,
            chunk: 1,
            minimum: 1.2,
            maximum: 1.5
        ),
        ResourcePlanConfiguration(
            costRatio: 19,
            leadTimeNanoseconds: 1,
            chunk: 1,
            downHysteresis: 1
        ),
        ResourcePlanConfiguration(
            costRatio: 19,
            leadTimeNanoseconds: 1,
            chunk: 1,
            downHoldNanoseconds: -1
        ),
    ])
    func planThatNoPlannerTakesIsNoConfiguration(plan: ResourcePlanConfiguration) {
        var configuration = EngineConfiguration()
        configuration.plans = [PlannedResource(resource: .cpu, configuration: plan)]
        #expect(Self.roundTrip(.configuration(configuration)) == nil)
    }

    @Test(arguments: [(0, 1, 1), (1, 1, 1), (0.5, 0.5, 0.1), (7, 1e6, 3)])
    func planWithinItsRangesIsTaken(minimum: Double, maximum: Double, chunk: Double) {
        var configuration = EngineConfiguration()
        configuration.plans = [
            PlannedResource(
                resource: .cpu,
                configuration: ResourcePlanConfiguration(
                    costRatio: 19,
                    leadTimeNanoseconds: 1,
                    chunk: chunk,
                    minimum: minimum,
                    maximum: maximum
                )
            )
        ]
        #expect(Self.roundTrip(.configuration(configuration)) != nil)
        // A planner takes it too.
        _ = Engine(
            configuration: configuration,
            table: SharedTable(slots: 4),
            sink: CapturingSink()
        )
    }

    @Test func engineSettingsOutOfRangeAreNoConfiguration() {
        let damages: [(String, (inout EngineConfiguration) -> Void)] = [
            ("interval", { $0.intervalNanoseconds = 0 }),
            ("no horizon", { $0.horizonsNanoseconds = [] }),
            ("horizon", { $0.horizonsNanoseconds = [60, 0] }),
            ("no quantile", { $0.quantiles = [] }),
            ("quantile of one", { $0.quantiles = [0.5, 1] }),
            ("falling quantiles", { $0.quantiles = [0.9, 0.5] }),
            ("quantile that is no number", { $0.quantiles = [.nan] }),
            ("no slot", { $0.tableSlots = 0 }),
            ("too many slots", { $0.tableSlots = 1_000_001 }),
            (
                "requests are not measured",
                {
                    $0.plans = [
                        PlannedResource(
                            resource: .requests,
                            configuration: ResourcePlanConfiguration(
                                costRatio: 19,
                                leadTimeNanoseconds: 1,
                                chunk: 1
                            )
                        )
                    ]
                }
            ),
        ]
        for (what, damage) in damages {
            var configuration = EngineConfiguration()
            damage(&configuration)
            #expect(Self.roundTrip(.configuration(configuration)) == nil, "\(what)")
        }
    }

    /// The check value of CRC-32 in every catalogue of checksums.
    @Test func checksumIsZlibs() {
        func crc32(_ texts: String...) -> UInt32 {
            var checksum = Checksum32()
            for text in texts { checksum.add(Array(text.utf8)[...]) }
            return checksum.value
        }
        #expect(crc32("123456789") == 0xCBF4_3926)
        #expect(crc32("") == 0)
        #expect(crc32("1234", "56789") == 0xCBF4_3926)
    }
}

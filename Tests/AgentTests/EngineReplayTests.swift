import Aggregates
import Capacity
import Foundation
import HeadroomABI
import Planner
import TestSupport
import Testing

@testable import Agent

/// A recording of a run gives the run again, byte for byte.
@Suite struct EngineReplayTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// A busy run: noise, births, deaths, lost samples, late names, garbage, skipped ticks, and
    /// a node so small that the provider grants in part and denies.
    private func run(seed: UInt64, ticks: Int, recording: String?) throws -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        let live = try LiveRun(
            KernelScript(cgroups: 4),
            .small(planned: [.cpu, .memory, .networkReceive]),
            sink: JSONSink(descriptor: -1),
            facts: HostFacts(cores: 3, memoryBytes: 2e8),
            recording: recording
        )
        var output: [UInt8] = []
        for tick in 0..<ticks {
            if tick % 7 == 3 { live.ingest(live.script.make("/job\(tick)")) }
            if tick % 11 == 9, let path = live.script.paths.last(where: { $0.hasPrefix("/job") }) {
                live.ingest(live.script.remove(path))
            }
            if tick % 13 == 5 { _ = live.script.make("/late\(tick)") }
            if tick % 17 == 8 { live.ingest([9, 9, 9, 9, 9, 9, 9, 9]) }
            if tick % 19 == 2 { live.kernelLosses[tick % 7] += 1 }
            let load = tick < ticks / 2 ? 0.3 : 1.1
            try live.tick(
                seconds: tick % 23 == 11 ? 2.5 : 1,
                skipped: tick % 23 == 11 ? 1 : 0,
                losing: tick % 9 == 4 ? ["/app1"] : []
            ) { _ in
                KernelScript.Usage(
                    cores: load * Double.random(in: 0.5...1.5, using: &generator),
                    memoryBytes: 2e7 * Double.random(in: 0.5...2, using: &generator),
                    receivedBytesPerSecond: Double.random(in: 0...1e6, using: &generator)
                )
            }
            output += live.engine.sink.line.bytes
            live.engine.sink.line.removeAll()
        }
        return output
    }

    @Test(arguments: 1...2 as ClosedRange<UInt64>)
    func replayGivesTheSameLinesByteForByte(seed: UInt64) throws {
        let path = directory.file("run.hrr")
        let live = try run(seed: seed, ticks: 110, recording: path)
        let (replayed, summary) = try Replay.lines(path)
        #expect(live == replayed)
        #expect(summary.ticks == 110)

        let lines = live.split(separator: UInt8(ascii: "\n"))
        var counts: [String: Int] = [:]
        var outcomes: Set<String> = []
        for line in lines {
            let object = try #require(
                JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
            )
            counts[try #require(object["type"] as? String), default: 0] += 1
            if let outcome = object["outcome"] as? String { outcomes.insert(outcome) }
        }
        // Every kind of line is there to be compared.
        for type in ["window", "forecast", "plan", "request", "event", "loss"] {
            #expect(counts[type, default: 0] > 3, "\(type)")
        }
        #expect(summary.requests == counts["request"])
        #expect(outcomes.isSuperset(of: ["granted", "partial"]))
    }

    @Test func recordingChangesNothingOfTheRun() throws {
        let recorded = try run(seed: 5, ticks: 40, recording: directory.file("run.hrr"))
        #expect(try run(seed: 5, ticks: 40, recording: nil) == recorded)
        #expect(try run(seed: 6, ticks: 40, recording: nil) != recorded, "the seed matters")
    }

    @Test func runThatWasKilledReplaysUpToItsLastWholeTick() throws {
        let path = directory.file("run.hrr")
        let live = try run(seed: 7, ticks: 30, recording: path)
        let bytes = try directory.read("run.hrr")
        let torn = try directory.write(Array(bytes.dropLast(3)), to: "torn.hrr")
        var output: [UInt8] = []
        #expect(throws: AgentError.self) {
            _ = try Replay.run(path: torn) { _ in
                JSONSink(descriptor: -1)
            } afterTick: { sink in
                output += sink.line.bytes
                sink.line.removeAll()
            }
        }
        #expect(!output.isEmpty)
        #expect(live.starts(with: output))
    }

    // MARK: Divergence

    /// A recording whose first plans ask for capacity, with `outcomes` as the answers.
    private func recording(
        _ name: String,
        answering: (Int, CapacityRequest) -> [(UInt64, CapacityOutcome)]
    ) throws -> String {
        let path = directory.file(name)
        let configuration = EngineConfiguration.small()
        var recorder = try Recorder(path: path, configuration: configuration)
        var engine = Engine(
            configuration: configuration,
            table: SharedTable(slots: 32),
            sink: CapturingSink()
        )
        var script = KernelScript(cgroups: 1)
        for (id, path) in script.tree {
            recorder.append(.found(id: id, path: path))
            engine.found(id: id, path: path)
        }
        var asked = 0
        for step in 1...4 {
            for record in script.walk(usage: { _ in .init(cores: Double(step), memoryBytes: 1e7) }) {
                recorder.append(.record(record))
                unsafe record.withUnsafeBytes { unsafe engine.ingest($0) }
            }
            var input = TickInput()
            input.unixOffsetNanoseconds = KernelScript.unixOffset
            input.rootCPUNanoseconds = script.hostCPU
            recorder.append(.tick(input))
            for request in engine.tick(input) {
                asked += 1
                for (id, outcome) in answering(step, request) {
                    recorder.append(.outcome(requestID: id, provider: "host", outcome))
                }
                engine.settle(request, .granted(amount: request.amount), provider: "host")
            }
        }
        try recorder.flush()
        #expect(asked > 1)
        return path
    }

    private func failure(_ path: String) -> String? {
        do {
            _ = try Replay.lines(path)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func recordingThatAnswersEveryRequestReplays() throws {
        let path = try recording("good.hrr") { [($1.id, .granted(amount: $1.amount))] }
        #expect(failure(path) == nil)
    }

    @Test func requestThatTheRecordingNeverAnswersIsADivergence() throws {
        let path = try recording("silent.hrr") { step, request in
            step == 2 ? [] : [(request.id, .granted(amount: request.amount))]
        }
        #expect(
            failure(path)
                == "\(path): diverged: request 1 was never answered in the recording"
        )
    }

    @Test func answerToAnotherRequestIsADivergence() throws {
        let path = try recording("other.hrr") { [($1.id + 7, .granted(amount: $1.amount))] }
        #expect(
            failure(path)
                == "\(path): diverged at tick 2: the recording answers request 8, the replay made request 1"
        )
    }

    @Test func answerThatNobodyAskedForIsADivergence() throws {
        let path = try recording("twice.hrr") { _, request in
            [(request.id, .granted(amount: 1)), (request.id, .granted(amount: 1))]
        }
        #expect(
            failure(path)?.contains("diverged at tick 2: the recording answers request 1") == true
        )
    }

    @Test func recordingWithoutAConfigurationFirstIsRefused() throws {
        let good = try recording("good.hrr") { [($1.id, .granted(amount: $1.amount))] }
        var bytes = try directory.read("good.hrr")
        // The first frame gone: kind, length, payload, checksum.
        let length = Int(bytes[9]) | Int(bytes[10]) << 8
        bytes.removeSubrange(8..<8 + 5 + length + 4)
        let headless = try directory.write(bytes, to: "headless.hrr")
        #expect(failure(headless) == "\(headless): the first frame is not a configuration")
        let empty = try directory.write(Recorder.magic, to: "empty.hrr")
        #expect(failure(empty) == "\(empty): the first frame is not a configuration")
        #expect(failure(good) == nil)
    }

    @Test func secondConfigurationIsRefused() throws {
        let path = directory.file("two.hrr")
        do {
            var recorder = try Recorder(path: path, configuration: .small())
            recorder.append(.configuration(.small()))
            try recorder.flush()
        }
        #expect(failure(path) == "\(path): a second configuration in one recording")
    }
}

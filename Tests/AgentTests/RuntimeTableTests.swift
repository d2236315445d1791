import Aggregates
import Capacity
import Foundation
import HeadroomABI
import Testing

@testable import Agent

/// The shared table as a file: one agent, any number of lookers-on, nothing left behind.
@Suite struct RuntimeTableTests {
    private let parent: TemporaryDirectory
    private let directory: RuntimeDirectory

    init() throws {
        parent = try TemporaryDirectory()
        directory = RuntimeDirectory(path: parent.file("headroom"))
    }

    /// What opening `body` complains about; nil when it does not.
    private static func complaint(_ body: () throws(AgentError) -> Void) -> AgentError? {
        do throws(AgentError) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test func secondAgentIsRefusedAndToldWhoRuns() throws {
        let first = try TableFile(directory: directory, slots: 4)
        let error = try #require(
            Self.complaint { () throws(AgentError) in
                _ = try TableFile(directory: directory, slots: 4)
            }
        )
        #expect(error.kind == .failed)
        #expect(
            error.description
                == "an agent is running already (it holds \(directory.lockPath)): stop it first, "
                + "or look at it with `headroom top`"
        )
        #expect(TableAttachment.agentRuns(in: directory), "the first one is undisturbed")
        _ = consume first
    }

    @Test func attachmentReadsWhatTheAgentWrites() throws {
        let file = try TableFile(directory: directory, slots: 4)
        let table = file.table()
        table.updateHeader { $0.ticks = 17 }
        var attachment = try TableAttachment(directory: directory)
        let slots = attachment.reader.slotCount
        let before = attachment.reader.header()?.ticks
        table.updateHeader { $0.ticks = 18 }
        let after = attachment.reader.header()?.ticks
        #expect(slots == 4)
        #expect(before == 17)
        #expect(after == 18, "it is the same memory, not a copy")
        _ = consume file
    }

    @Test func engineOverTheFileShowsCgroupsPlansAndRequests() throws {
        let file = try TableFile(directory: directory, slots: 32)
        var engine = Engine(
            configuration: .small(),
            table: file.table(),
            sink: CapturingSink()
        )
        var script = KernelScript(cgroups: 2)
        for (id, path) in script.tree { engine.found(id: id, path: path) }
        var input = TickInput()
        input.unixOffsetNanoseconds = KernelScript.unixOffset
        input.skippedTicks = 2
        var asked = 0
        for _ in 0..<5 {
            let records = script.walk { _ in .init(cores: 0.5, memoryBytes: 3e6) }
            for record in records { unsafe record.withUnsafeBytes { unsafe engine.ingest($0) } }
            input.rootCPUNanoseconds = script.hostCPU
            for request in engine.tick(input) {
                engine.settle(request, .granted(amount: request.amount), provider: "host")
                asked += 1
            }
        }
        var attachment = try TableAttachment(directory: directory)
        let read = attachment.reader.header()
        let header = try #require(read)
        #expect(header.ticks == 5)
        #expect(header.cgroups == 3)
        #expect(header.slots_used == 3)
        #expect(header.interval_ns == 1_000_000_000)
        #expect(header.horizon_count == 2 && header.horizons_ns.1 == 300_000_000_000)
        #expect(header.quantile_count == 4 && header.quantiles.2 == 0.95)
        #expect(header.losses.16 == 10, "skipped ticks, by cause")
        #expect(header.last_tick_ns == script.time + UInt64(KernelScript.unixOffset))
        #expect(header.request_count == UInt64(asked))
        #expect(asked > 0 && header.requests.last?.figures.id == 1)
        let plan = try #require(header.plans.first)
        #expect(plan.figures.demand == 1, "two cgroups at half a core")
        #expect(plan.figures.target >= 1)
        #expect(!plan.reason.isEmpty)
        let slot = attachment.reader.slot(1)
        let app = try #require(slot)
        #expect(TableText.read(app.path) == "/app0")
        #expect(app.window.value(.cpu) == 0.5)
        #expect(app.history_tick - app.history_first == 3)
        #expect(app.forecast.0.0.0 == app.forecast.0.0.0, "CPU has a forecast")
        #expect(app.forecast.4.0.0.isNaN, "the disk was never read")
        _ = consume file
    }

    @Test func agentRunsExactlyAsLongAsItHoldsTheTable() throws {
        #expect(!TableAttachment.agentRuns(in: directory))
        let file = try TableFile(directory: directory, slots: 1)
        #expect(TableAttachment.agentRuns(in: directory))
        _ = consume file
        #expect(!TableAttachment.agentRuns(in: directory))
    }

    @Test func nothingIsLeftBehind() throws {
        let file = try TableFile(directory: directory, slots: 1)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == [
                "agent.lock", "table",
            ]
        )
        _ = consume file
        #expect(try parent.contents == [])
    }

    @Test func attachmentWithoutAnAgentSaysHowToStartOne() throws {
        let error = try #require(
            Self.complaint { () throws(AgentError) in
                _ = try TableAttachment(directory: directory)
            }
        )
        #expect(
            error.description == "no agent is running (nothing holds \(directory.lockPath)): start "
                + "one with `sudo headroom run`"
        )
        #expect(error.kind == .failed)
    }

    /// What an agent leaves that was killed: its files, and a lock that nobody holds.
    private func leaveStaleFiles() throws {
        try FileManager.default.createDirectory(
            atPath: directory.path,
            withIntermediateDirectories: true
        )
        for name in ["agent.lock", "table", "table.new"] {
            try Data("of an agent that was killed".utf8)
                .write(to: URL(fileURLWithPath: directory.path + "/" + name))
        }
    }

    @Test func staleFilesOfAKilledAgentAreNoAgent() throws {
        try leaveStaleFiles()
        #expect(!TableAttachment.agentRuns(in: directory))
        let error = Self.complaint { () throws(AgentError) in
            _ = try TableAttachment(directory: directory)
        }
        #expect(error == .noAgent(directory))
    }

    @Test func staleFilesOfAKilledAgentAreReplaced() throws {
        try leaveStaleFiles()
        let file = try TableFile(directory: directory, slots: 3)
        let attachment = try TableAttachment(directory: directory)
        #expect(attachment.reader.slotCount == 3)
        _ = consume file
        #expect(try parent.contents == [])
    }

    @Test func attachmentKeepsItsTableWhenTheAgentIsReplaced() throws {
        let first = try TableFile(directory: directory, slots: 2)
        first.table().updateHeader { $0.ticks = 5 }
        var attachment = try TableAttachment(directory: directory)
        _ = consume first
        let second = try TableFile(directory: directory, slots: 2)
        second.table().updateHeader { $0.ticks = 900 }
        let seen = attachment.reader.header()?.ticks
        #expect(seen == 5)
        _ = consume second
    }

    @Test(arguments: [0, 7, 100])
    func damagedTableOfARunningAgentIsRefusedWithItsName(bytes: Int) throws {
        let file = try TableFile(directory: directory, slots: 2)
        try Data(repeating: 0, count: bytes)
            .write(to: URL(fileURLWithPath: directory.tablePath))
        let error = try #require(
            Self.complaint { () throws(AgentError) in
                _ = try TableAttachment(directory: directory)
            }
        )
        #expect(
            error.description
                == "\(directory.tablePath): the table is cut short: \(bytes) bytes"
        )
        _ = consume file
    }

    /// A table is never opened through a link that somebody else put there.
    @Test func lockThatIsALinkIsRefused() throws {
        try FileManager.default.createDirectory(
            atPath: directory.path,
            withIntermediateDirectories: true
        )
        let victim = try parent.write(Array("precious".utf8), to: "victim")
        try FileManager.default.createSymbolicLink(
            atPath: directory.lockPath,
            withDestinationPath: victim
        )
        let error = Self.complaint { () throws(AgentError) in
            _ = try TableFile(directory: directory, slots: 2)
        }
        #expect(error?.description.hasPrefix("open \(directory.lockPath): ") == true)
        #expect(try parent.read("victim") == Array("precious".utf8))
    }
}

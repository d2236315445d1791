import Aggregates
import Foundation
import Testing

@testable import Capacity

@Suite struct HostEnforcerTests {
    private func request(
        _ pool: String,
        _ resource: Resource,
        _ amount: Double
    ) -> CapacityRequest {
        CapacityRequest(
            id: 1,
            pool: pool,
            resource: resource,
            amount: amount,
            change: amount,
            requestedAtNanoseconds: 0,
            neededByNanoseconds: 0,
            reasons: []
        )
    }

    @Test func limitsAreSetAndPutBack() throws {
        let tree = try CgroupFolder()
        try tree.make("/app")
        try tree.write("200000 50000", "/app/cpu.max")
        let enforcer = tree.enforcer(["/app"])
        #expect(enforcer.observation(of: "/app", .cpu)?.ready == 4)
        #expect(enforcer.reserve(request("/app", .cpu, 1.5)) == .granted(amount: 1.5))
        #expect(enforcer.reserve(request("/app", .memory, 0x1p28)) == .granted(amount: 0x1p28))
        #expect(try tree.read("/app/cpu.max") == "75000 50000")
        #expect(try tree.read("/app/memory.high") == "268435456")
        #expect(try tree.read("/app/memory.low") == "268435456")
        // Not asked for, so not touched.
        #expect(try tree.read("/app/memory.max") == "max")
        #expect(try tree.read("/app/cpu.weight") == "100")
        #expect(enforcer.observation(of: "/app", .cpu)?.ready == 1.5)
        #expect(tree.hasJournal)
        let report = enforcer.restore()
        #expect(report.restored == 3)
        #expect(report.isClean)
        #expect(try tree.read("/app/cpu.max") == "200000 50000")
        #expect(try tree.read("/app/memory.high") == "max")
        #expect(try tree.read("/app/memory.low") == "0")
        #expect(!tree.hasJournal)
    }

    @Test func allFilesThatAreAskedForAreWritten() throws {
        let tree = try CgroupFolder()
        try tree.make("/app")
        let enforcer = tree.enforcer(["/app"]) { $0.files = Set(ControlFile.allCases) }
        _ = enforcer.reserve(request("/app", .cpu, 1))
        _ = enforcer.reserve(request("/app", .memory, 0x1p20))
        #expect(try tree.read("/app/cpu.weight") == "2500")
        // A quarter more than memory.high, so that a task waits before it dies.
        #expect(try tree.read("/app/memory.max") == "1310720")
        #expect(enforcer.observation(of: "/app", .memory)?.ready == 0x1p20)
    }

    @Test func whatAKilledRunLeftIsPutBack() throws {
        let tree = try CgroupFolder()
        try tree.make("/app")
        do {
            let enforcer = tree.enforcer(["/app"])
            _ = enforcer.reserve(request("/app", .cpu, 1))
            _ = enforcer.reserve(request("/app", .cpu, 2))
        }
        #expect(try tree.read("/app/cpu.max") == "200000 100000")
        let result = try #require(
            try LimitBook.recover(journalPath: tree.journal, root: tree.path))
        #expect(try result.get().restored == 1)
        #expect(try tree.read("/app/cpu.max") == "max 100000")
        #expect(!tree.hasJournal)
        #expect(try LimitBook.recover(journalPath: tree.journal, root: tree.path) == nil)
    }

    /// Killed after the journal was written and before the limit was.
    @Test func aJournalThatIsAheadOfTheFileDoesNoHarm() throws {
        let tree = try CgroupFolder()
        try tree.make("/app")
        let id = try #require(ManagedCgroup.id(root: tree.path, path: "/app"))
        var journal = LimitJournal()
        journal.entries[.init(cgroupID: id, path: "/app", file: .cpuMax)] = .init(
            original: "max 100000", last: "50000 100000", next: "70000 100000")
        for present in ["50000 100000", "70000 100000", "max 100000"] {
            try tree.write(present, "/app/cpu.max")
            try Data(journal.text.utf8).write(to: URL(fileURLWithPath: tree.journal))
            _ = try LimitBook.recover(journalPath: tree.journal, root: tree.path)
            #expect(try tree.read("/app/cpu.max") == "max 100000", "\(present)")
        }
    }

    @Test func anotherCgroupOfTheSamePathIsNotTouched() throws {
        let tree = try CgroupFolder()
        try tree.make("/app")
        _ = tree.enforcer(["/app"]).reserve(request("/app", .cpu, 1))
        // Kept beside, so that its inode is not given out again.
        try FileManager.default.moveItem(atPath: tree.path + "/app", toPath: tree.path + "/old")
        try tree.make("/app")
        try tree.write("100000 100000", "/app/cpu.max")
        let result = try LimitBook.recover(journalPath: tree.journal, root: tree.path)
        #expect(try result?.get().gone == 1)
        #expect(try tree.read("/app/cpu.max") == "100000 100000")
    }

    @Test func othersHaveTheLastWord() throws {
        let tree = try CgroupFolder()
        try tree.make("/app")
        let enforcer = tree.enforcer(["/app"]) { $0.files = [.cpuMax] }
        _ = enforcer.takeNotes()
        _ = enforcer.reserve(request("/app", .cpu, 1))
        try tree.write("300000 100000", "/app/cpu.max")
        enforcer.refresh(now: 2_000_000_000)
        #expect(
            enforcer.takeNotes() == [
                .changedByOthers(
                    path: "/app", file: .cpuMax, from: "100000 100000", to: "300000 100000")
            ])
        #expect(enforcer.foreignChanges == 1)
        // Managed on, from what they wrote.
        #expect(enforcer.reserve(request("/app", .cpu, 2)) == .granted(amount: 2))
        #expect(enforcer.restore().restored == 1)
        #expect(try tree.read("/app/cpu.max") == "300000 100000")
    }

    @Test func aFileThatOthersKeepChangingIsLeftToThem() throws {
        let tree = try CgroupFolder()
        try tree.make("/app")
        let enforcer = tree.enforcer(["/app"]) { $0.files = [.cpuMax] }
        for round in 1...EnforcementRules.patience {
            _ = enforcer.reserve(request("/app", .cpu, 1))
            try tree.write("\(300 + round)000 100000", "/app/cpu.max")
            enforcer.refresh(now: Int64(round + 1) * 1_000_000_000)
        }
        #expect(enforcer.takeNotes().contains(.givenUp(path: "/app", file: .cpuMax)))
        _ = enforcer.reserve(request("/app", .cpu, 1))
        #expect(try tree.read("/app/cpu.max") == "303000 100000")
        #expect(enforcer.observation(of: "/app", .cpu) == nil)
    }

    /// Also when the values of others are there while it ends or starts.
    @Test func aValueOfOthersIsNotOverwrittenByRestoring() throws {
        let tree = try CgroupFolder()
        try tree.make("/app")
        let enforcer = tree.enforcer(["/app"]) { $0.files = [.cpuMax] }
        _ = enforcer.reserve(request("/app", .cpu, 1))
        try tree.write("350000 100000", "/app/cpu.max")
        let report = enforcer.restore()
        #expect(report.changed == ["/app/cpu.max (350000 100000)"])
        #expect(try tree.read("/app/cpu.max") == "350000 100000")
    }

    @Test func noLimitIsSetBelowPresentUseAndTheMargin() throws {
        let tree = try CgroupFolder()
        try tree.make("/app", memory: 1 << 30)
        let enforcer = tree.enforcer(["/app"]) { $0.margin = 0.25 }
        try tree.write("usage_usec 2000000", "/app/cpu.stat")
        enforcer.refresh(now: 2_000_000_000)
        #expect(enforcer.reserve(request("/app", .cpu, 0.5)) == .granted(amount: 2.5))
        #expect(try tree.read("/app/cpu.max") == "250000 100000")
        _ = enforcer.reserve(request("/app", .memory, 0x1p20))
        #expect(try tree.read("/app/memory.high") == "\((1 << 30) * 5 / 4)")
    }

    @Test func whatIsMoreThanTheNodeHasIsDividedAndThePreferredComeFirst() throws {
        let tree = try CgroupFolder()
        for path in ["/a", "/b", "/c"] { try tree.make(path) }
        let enforcer = tree.enforcer(["/a", "/b", "/c"]) { $0.preferred = ["/c"] }
        #expect(enforcer.reserve(request("/a", .cpu, 3)) == .granted(amount: 3))
        // Both want 3 of 4.
        guard case .partial(2, let reason) = enforcer.reserve(request("/b", .cpu, 3)) else {
            Issue.record("not half")
            return
        }
        #expect(reason.contains("4.0 cores"), "\(reason)")
        #expect(try tree.read("/a/cpu.max") == "200000 100000")
        #expect(enforcer.reserve(request("/c", .cpu, 3)) == .granted(amount: 3))
        #expect(try tree.read("/a/cpu.max") == "50000 100000")
        #expect(try tree.read("/b/cpu.max") == "50000 100000")
        let held = ["/a", "/b", "/c"].compactMap { enforcer.observe(pool: $0, .cpu, nowNanoseconds: 0)?.ready }
        #expect(held.reduce(0, +) == 4)
    }

    @Test func othersAreNeverTouched() throws {
        let tree = try CgroupFolder()
        try tree.make("/app")
        try tree.make("/other")
        let enforcer = tree.enforcer(["/app"])
        guard case .denied(let reason) = enforcer.reserve(request("/other", .cpu, 1)) else {
            Issue.record("granted")
            return
        }
        #expect(reason == "/other is not among the cgroups to enforce")
        #expect(try tree.read("/other/cpu.max") == "max 100000")
    }

    @Test func theAgentsOwnCgroupIsLeftAlone() throws {
        let tree = try CgroupFolder()
        try tree.make("/app")
        let enforcer = tree.enforcer(["/app"], own: "/app/headroom")
        #expect(enforcer.takeNotes() == [.holdsTheAgent(path: "/app")])
        #expect(enforcer.observation(of: "/app", .cpu) == nil)
        guard case .denied = enforcer.reserve(request("/app", .cpu, 1)) else {
            Issue.record("granted")
            return
        }
    }

    @Test func cgroupsThatComeAndGoAreFollowed() throws {
        let tree = try CgroupFolder()
        let enforcer = tree.enforcer(["/app"])
        #expect(enforcer.observation(of: "/app", .cpu) == nil)
        try tree.make("/app")
        enforcer.refresh(now: 2_000_000_000)
        #expect(enforcer.takeNotes() == [.appeared(path: "/app")])
        _ = enforcer.reserve(request("/app", .cpu, 1))
        try FileManager.default.moveItem(atPath: tree.path + "/app", toPath: tree.path + "/old")
        try tree.make("/app")
        enforcer.refresh(now: 3_000_000_000)
        #expect(
            enforcer.takeNotes() == [.disappeared(path: "/app"), .appeared(path: "/app")])
        #expect(enforcer.observation(of: "/app", .cpu)?.ready == 4)
        #expect(enforcer.restore().restored == 0)
    }

    @Test func aMissingFileIsSaidOnceAndTheRestGoesOn() throws {
        let tree = try CgroupFolder()
        try tree.make("/app")
        try tree.remove("/app/memory.high")
        try tree.remove("/app/memory.low")
        let enforcer = tree.enforcer(["/app"])
        enforcer.refresh(now: 2_000_000_000)
        let missing = enforcer.takeNotes().filter(\.isProblem)
        #expect(
            missing == [
                .fileMissing(path: "/app", file: .memoryHigh),
                .fileMissing(path: "/app", file: .memoryLow),
            ])
        #expect(enforcer.observation(of: "/app", .memory) == nil)
        #expect(enforcer.reserve(request("/app", .cpu, 1)) == .granted(amount: 1))
    }

    /// A file that cannot be read, as when a controller fails: a folder in its place.
    private func hinder(_ tree: CgroupFolder, _ file: String) throws {
        try tree.remove(file)
        try FileManager.default.createDirectory(atPath: tree.path + file, withIntermediateDirectories: false)
    }

    @Test func whatCannotBePutBackStaysInTheJournalUntilItIs() throws {
        let tree = try CgroupFolder()
        try tree.make("/app")
        try tree.make("/other")
        let enforcer = tree.enforcer(["/app", "/other"]) { $0.files = [.cpuMax] }
        _ = enforcer.reserve(request("/app", .cpu, 1))
        _ = enforcer.reserve(request("/other", .cpu, 1))
        try hinder(tree, "/app/cpu.max")
        let first = enforcer.restore()
        #expect(first.restored == 1 && first.failures.count == 1, "\(first.sentence)")
        // As the helper does at its end, after the agent has asked for it.
        let second = enforcer.restore()
        #expect(second.restored == 0 && second.failures.count == 1 && tree.hasJournal, "\(second.sentence)")
        // A book that never wrote says nothing of the file, and leaves it.
        #expect(LimitBook(root: tree.path, journalPath: tree.journal).restore() == RestoreReport())
        #expect(tree.hasJournal)
        // The next start fails too, and the one after that does not.
        #expect(try LimitBook.recover(journalPath: tree.journal, root: tree.path)?.get().failures.count == 1)
        #expect(tree.hasJournal)
        try tree.remove("/app/cpu.max")
        try tree.write("100000 100000", "/app/cpu.max")
        #expect(try LimitBook.recover(journalPath: tree.journal, root: tree.path)?.get().restored == 1)
        #expect(try tree.read("/app/cpu.max") == "max 100000" && tree.read("/other/cpu.max") == "max 100000")
        #expect(!tree.hasJournal)
    }

    /// A start that could not put back what an earlier run left goes on with that: it is the first value that is put back.
    @Test func whatRecoveringLeftIsNotOverwrittenByTheNextRun() throws {
        let tree = try CgroupFolder()
        try tree.make("/app")
        try tree.make("/new")
        _ = tree.enforcer(["/app"]) { $0.files = [.cpuMax] }.reserve(request("/app", .cpu, 1))
        try hinder(tree, "/app/cpu.max")
        _ = try LimitBook.recover(journalPath: tree.journal, root: tree.path)
        let enforcer = tree.enforcer(["/new", "/app"]) { $0.files = [.cpuMax] }
        _ = enforcer.reserve(request("/new", .cpu, 2))
        try tree.remove("/app/cpu.max")
        try tree.write("100000 100000", "/app/cpu.max")
        enforcer.refresh(now: 2_000_000_000)
        _ = enforcer.reserve(request("/app", .cpu, 2))
        #expect(try tree.read("/app/cpu.max") == "200000 100000")
        #expect(enforcer.restore().restored == 2)
        #expect(try tree.read("/app/cpu.max") == "max 100000" && tree.read("/new/cpu.max") == "max 100000")
        #expect(!tree.hasJournal)
    }

    @Test func withoutAJournalNothingIsChanged() throws {
        let tree = try CgroupFolder()
        try tree.make("/app")
        var rules = EnforcementRules()
        rules.cgroups = ["/app"]
        let enforcer = HostEnforcer(
            root: tree.path, rules: rules, facts: HostFacts(cores: 4, memoryBytes: 0x1p32),
            keeper: LimitBook(root: tree.path, journalPath: tree.path + "/no/such/folder/journal"), ownCgroup: nil)
        enforcer.refresh(now: 1)
        guard case .denied(let reason) = enforcer.reserve(request("/app", .cpu, 1)) else {
            Issue.record("granted")
            return
        }
        #expect(reason.contains("no journal"), "\(reason)")
        #expect(try tree.read("/app/cpu.max") == "max 100000")
        #expect(enforcer.failures == 1)
    }
}

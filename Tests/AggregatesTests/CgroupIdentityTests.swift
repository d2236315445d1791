import Aggregates
import HeadroomABI
import Testing

/// Slots and ids are used again, names come late or are hostile, and the table can be full.
@Suite struct CgroupIdentityTests {
    @Test func newTenantOfASlotHasANewGenerationAndNoneOfTheOldCounters() throws {
        let fixture = AggregatesFixture()
        fixture.tick()
        fixture.make("/old")
        fixture.kernel.use("/old", \.net_rx_bytes, 1_000_000)
        fixture.kernel.use("/old", \.cpu_usage_ns, 1_000_000)
        for _ in 0..<3 { fixture.tick() }
        let old = try #require(fixture.slots()["/old"])
        #expect(old.history_tick - old.history_first == 2)
        fixture.remove("/old")
        fixture.tick()
        fixture.make("/new")
        fixture.kernel.use("/new", \.net_rx_bytes, 7)
        fixture.tick()
        let window = try #require(fixture.log["/new"])
        #expect(window.net_rx_bytes == 7)
        #expect(window.cpu_ns == 0)
        let new = try #require(fixture.slots()["/new"])
        #expect(fixture.aggregates.slotsUsed == 2, "the slot was used again")
        #expect(new.generation == old.generation + 1)
        #expect(new.cgroup_id == fixture.kernel.id("/new"))
        #expect(new.history_tick == new.history_first, "sparklines start anew")
        #expect(fixture.losses(HR_LOSS_COUNTER_BACK) == 0)
    }

    @Test func slotsForecastsAreForgottenWithItsTenant() throws {
        let fixture = AggregatesFixture()
        fixture.tick()
        fixture.make("/old")
        var cells = ForecastCells()
        cells[.cpu, 0, 0] = 42
        fixture.log.cells["/old"] = cells
        fixture.tick()
        #expect(try fixture.slots()["/old"]?.forecast.0.0.0 == 42)
        fixture.remove("/old")
        fixture.tick()
        fixture.make("/new")
        fixture.tick()
        #expect(try #require(fixture.slots()["/new"]).forecast.0.0.0.isNaN)
    }

    @Test func idThatIsUsedAgainBelongsToTheNewCgroupAlone() throws {
        let fixture = AggregatesFixture()
        fixture.tick()
        fixture.make("/a", id: 99)
        fixture.kernel.use("/a", \.net_rx_bytes, 500)
        fixture.tick()
        fixture.remove("/a")
        fixture.tick()
        fixture.make("/b", id: 99)
        fixture.kernel.use("/b", \.net_rx_bytes, 3)
        fixture.tick()
        #expect(fixture.log["/b"]?.net_rx_bytes == 3)
        #expect(fixture.log["/a"] == nil)
        #expect(fixture.log["/"]?.net_rx_bytes == 3)
        #expect(fixture.losses(HR_LOSS_COUNTER_BACK) == 0)
    }

    @Test func pathThatIsUsedAgainWithinOneTickIsTwoCgroups() throws {
        let fixture = AggregatesFixture()
        fixture.tick()
        fixture.make("/a")
        fixture.kernel.use("/a", \.net_rx_bytes, 100)
        fixture.tick()
        fixture.remove("/a")
        fixture.make("/a")
        fixture.make("/a/child")
        fixture.kernel.use("/a/child", \.net_rx_bytes, 5)
        fixture.tick()
        let windows = fixture.log.entries.filter { $0.subject.path == "/a" }
        #expect(windows.count == 2)
        #expect(windows.first { $0.window.is_final == 1 }?.window.net_rx_bytes == 0)
        #expect(windows.first { $0.window.is_final == 0 }?.window.net_rx_bytes == 5)
        #expect(fixture.log["/"]?.net_rx_bytes == 5)
    }

    @Test func cgroupsBeyondTheTableAreCountedAndTheRestGoesOn() throws {
        // One of the places is kept for (other).
        let fixture = AggregatesFixture(slots: 4)
        fixture.tick()
        for name in ["/a", "/b", "/c", "/d"] { fixture.make(name) }
        #expect(fixture.losses(HR_LOSS_TABLE_FULL) == 2)
        fixture.kernel.use("/a", \.net_rx_bytes, 4)
        fixture.tick()
        #expect(fixture.aggregates.count == 3)
        #expect(fixture.log["/a"]?.net_rx_bytes == 4)
        #expect(fixture.log["/c"] == nil)
        #expect(fixture.losses(HR_LOSS_TABLE_FULL) == 4, "once a record that found no place")
        fixture.remove("/a")
        fixture.tick()
        fixture.make("/e")
        fixture.tick()
        #expect(fixture.log["/e"] != nil, "a place that became free is used")
    }

    @Test func cgroupThatIsSampledBeforeItsBirthIsKnownWaitsForItsName() throws {
        let fixture = AggregatesFixture()
        fixture.tick()
        _ = fixture.kernel.make("/late")
        let id = fixture.kernel.id("/late")
        fixture.tick()
        #expect(fixture.log["/late"] == nil)
        #expect(fixture.aggregates.unnamed == [id])
        #expect(fixture.losses(HR_LOSS_NAME_UNKNOWN) == 1)
        fixture.aggregates.found(id: id, path: "/late")
        #expect(fixture.aggregates.unnamed.isEmpty)
        fixture.tick()
        fixture.kernel.use("/late", \.net_rx_bytes, 11)
        fixture.tick()
        #expect(fixture.log["/late"]?.net_rx_bytes == 11)
        #expect(fixture.log["/"]?.net_rx_bytes == 11)
        #expect(fixture.losses(HR_LOSS_NAME_UNKNOWN) == 1)
    }

    @Test func childNamedBeforeItsParentFindsItLater() throws {
        let fixture = AggregatesFixture()
        fixture.tick()
        let parent = fixture.kernel.make("/p")
        let child = fixture.kernel.make("/p/c")
        let grandchild = fixture.kernel.make("/p/c/g")
        fixture.ingest(grandchild)
        fixture.ingest(child)
        fixture.ingest(parent)
        fixture.kernel.use("/p/c/g", \.net_rx_bytes, 8)
        fixture.tick()
        for path in ["/p/c/g", "/p/c", "/p", "/"] {
            #expect(fixture.log[path]?.net_rx_bytes == 8, "\(path)")
        }
        let slots = try fixture.slots()
        #expect(slots["/p/c/g"]?.parent == fixture.index(of: "/p/c"))
        #expect(slots["/p/c"]?.parent == fixture.index(of: "/p"))
        #expect(slots["/p"]?.parent == fixture.index(of: "/"))
        #expect(slots["/"]?.parent == -1)
    }

    /// Births lost, the parent's first sample too: the child has its node first, the name last.
    @Test func childSampledBeforeItsParentAndNamedAfterItAddsUp() {
        let fixture = AggregatesFixture()
        fixture.tick()
        _ = fixture.kernel.make("/p")
        _ = fixture.kernel.make("/p/c")
        fixture.tick(losing: ["/p"])
        fixture.aggregates.found(id: fixture.kernel.id("/p"), path: "/p")
        fixture.aggregates.found(id: fixture.kernel.id("/p/c"), path: "/p/c")
        fixture.tick()
        fixture.tick()
        fixture.kernel.use("/p/c", \.net_rx_bytes, 8)
        fixture.tick()
        for path in ["/p/c", "/p", "/"] {
            #expect(fixture.log[path]?.net_rx_bytes == 8, "\(path)")
        }
        #expect(fixture.losses(HR_LOSS_COUNTER_BACK) == 0)
    }

    @Test func controlCharactersInANameAreMadeVisible() throws {
        let fixture = AggregatesFixture()
        fixture.tick()
        fixture.make("/evil\u{1b}[2J\n\u{7f}\u{9b}x")
        fixture.tick()
        let visible = "/evil\\x1b[2J\\x0a\\x7f\\x9bx"
        #expect(fixture.log[visible] != nil)
        #expect(fixture.log.births.first?.path == visible)
        #expect(try fixture.slots()[visible] != nil)
    }

    @Test func nameThatIsNotTextIsKeptReadable() throws {
        let fixture = AggregatesFixture()
        fixture.tick()
        fixture.ingest(
            RingRecord.created(
                id: 50,
                pathBytes: [0x2f, 0xff, 0xfe, 0x61],
                time: fixture.kernel.time
            )
        )
        fixture.close()
        #expect(fixture.log.births.first?.path == "/\u{fffd}\u{fffd}a")
    }

    /// The table holds 511 bytes of a path. Characters of one to four bytes around the cut.
    @Test(arguments: ["x", "é", "漢", "🙂"], [508, 509, 510, 511, 512, 600])
    func longPathIsCutOnACharacterBoundaryAndCounted(character: String, bytes: Int) throws {
        let fixture = AggregatesFixture()
        fixture.tick()
        var path = "/" + String(repeating: "p", count: bytes - 1 - character.utf8.count)
        path += character
        precondition(path.utf8.count == bytes)
        fixture.make(path)
        fixture.tick()
        #expect(fixture.log[path] != nil, "the agent itself knows the whole path")
        let slot = try #require(fixture.slots().values.first { $0.cgroup_id != 1 })
        let shown = TableText.read(slot.path)
        let isCut = bytes > 511
        #expect(fixture.losses(HR_LOSS_PATH_CUT) == (isCut ? 1 : 0))
        #expect(path.hasPrefix(shown))
        #expect(shown.unicodeScalars.allSatisfy { $0 != "\u{fffd}" })
        #expect(slot.path_bytes == UInt32(shown.utf8.count))
        if isCut {
            #expect(shown.utf8.count <= 511 && shown.utf8.count >= 508)
        } else {
            #expect(shown == path)
        }
    }

    @Test func slotShowsWhatTheLastWindowSaid() throws {
        let fixture = AggregatesFixture(found: ["/a"])
        fixture.tick()
        for round in 1...70 {
            fixture.kernel.use("/a", \.net_rx_bytes, UInt64(round))
            fixture.tick()
        }
        let slot = try #require(fixture.slots()["/a"])
        #expect(slot.window.net_rx_bytes == 70)
        // The first tick only set the base; the 71st closed the 70th window.
        #expect(slot.history_first == 2)
        #expect(slot.history_tick == 71)
        func received(until tick: UInt64) -> [Float] {
            unsafe withUnsafePointer(to: slot) {
                unsafe WindowHistory.read(.networkReceive, of: $0, until: tick)
            }
        }
        // Windows of a second, and bytes a second. The ring has room for 60.
        #expect(received(until: 71) == (11...70).map { Float($0) })
        #expect(received(until: 61) == (11...60).map { Float($0) })
        #expect(received(until: 11).isEmpty)
    }
}

extension AggregatesFixture {
    /// The slot that holds `path`; -1 for none.
    func index(of path: String) -> Int32 {
        guard let reader = try? memory.reader() else { return -1 }
        for index in 0..<reader.slotCount {
            if let slot = reader.slot(index), TableText.read(slot.path) == path {
                return Int32(index)
            }
        }
        return -1
    }
}

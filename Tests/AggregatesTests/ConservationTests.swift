import Aggregates
import HeadroomABI
import TestSupport
import Testing

/// Random trees, births, deaths and lost samples: everything that happened and was not told as
/// lost is in the root's windows, once.
@Suite struct ConservationTests {
    /// One random life of a host, and what its root's windows added up to.
    private struct Life {
        /// What happened since the root's base, without what a lost last record took with it.
        private(set) var truth: [String: UInt64] = [:]
        private(set) var seen: [String: UInt64] = [:]
        /// Windows of each cgroup summed, by id; and what it was when it went.
        private(set) var losses: [String: UInt64] = [:]
        private(set) var lostRemovals: UInt64 = 0
        private(set) var lostBirths: UInt64 = 0
        private(set) var deaths = 0
        private(set) var followed = 0
        private(set) var living = 0

        static let counters: [(String, SyntheticKernel.Counter, WindowField)] = [
            ("delay", \.delay_ns, \.delay_ns),
            ("rx", \.net_rx_bytes, \.net_rx_bytes),
            ("tx", \.net_tx_packets, \.net_tx_packets),
            ("read", \.disk_read_bytes, \.disk_read_bytes),
            ("write latency", \.disk_write_latency_ns, \.disk_write_latency_ns),
            ("cpu", \.cpu_usage_ns, \.cpu_ns),
        ]

        init(seed: UInt64, losesRecords: Bool) {
            var generator = SeededGenerator(seed: seed)
            let fixture = AggregatesFixture(slots: 256, found: ["/s", "/s/a", "/u"])
            fixture.tick()
            /// By path: counters when the agent last heard of it.
            var heard: [String: [UInt64]] = [:]
            func reading(_ path: String) -> [UInt64] {
                Self.counters.map { fixture.kernel.count(path, $0.1) }
            }
            var expected = [UInt64](repeating: 0, count: Self.counters.count)
            var serial = 0
            /// By the last walk.
            var met: Set<String> = []
            func chance(_ percent: Int) -> Bool {
                Int.random(in: 0..<100, using: &generator) < percent
            }
            for round in 0..<60 {
                let isLast = round >= 57
                for _ in 0..<(isLast ? 0 : Int.random(in: 0...12, using: &generator)) {
                    let paths = fixture.kernel.paths
                    switch Int.random(in: 0..<10, using: &generator) {
                    case 0, 1:
                        let parent = paths.randomElement(using: &generator)!
                        guard parent.depth < 6, paths.count < 120 else { continue }
                        serial += 1
                        let path = (parent == "/" ? "" : parent) + "/c\(serial)"
                        let record = fixture.kernel.make(path)
                        heard[path] = reading(path)
                        if losesRecords, chance(10) {
                            lostBirths += 1
                        } else {
                            fixture.ingest(record)
                        }
                    case 2:
                        let inner = Set(paths.compactMap(\.parent)).union(["/"])
                        let leaves = paths.filter { !inner.contains($0) }
                        guard let path = leaves.randomElement(using: &generator) else { continue }
                        let last = reading(path)
                        let before = heard[path] ?? last
                        let record = fixture.kernel.remove(path)
                        deaths += 1
                        if losesRecords, chance(10) {
                            lostRemovals += 1
                            // Since the last sample: gone. CPU is the host's, so never lost.
                            for index in 0..<(Self.counters.count - 1) {
                                expected[index] -= last[index] - before[index]
                            }
                        } else {
                            fixture.ingest(record)
                        }
                        heard[path] = nil
                    default:
                        let path = paths.randomElement(using: &generator)!
                        let index = Int.random(in: 0..<Self.counters.count, using: &generator)
                        let amount = UInt64.random(in: 0...1_000_000, using: &generator)
                        if heard[path] == nil { heard[path] = reading(path) }
                        fixture.kernel.use(path, Self.counters[index].1, amount)
                        expected[index] += amount
                    }
                }
                // One that two walks do not meet, or that its first does not, has gone.
                var lost: Set<String> = []
                if losesRecords, !isLast {
                    lost = Set(fixture.kernel.paths.filter { met.contains($0) && chance(8) })
                }
                fixture.tick(losing: lost)
                met = Set(fixture.kernel.paths).subtracting(lost)
                for path in fixture.kernel.paths where !lost.contains(path) {
                    heard[path] = reading(path)
                }
                if let window = fixture.log["/"] {
                    for (name, _, field) in Self.counters {
                        seen[name, default: 0] += window[keyPath: field]
                    }
                }
                // What the agent does when it meets a cgroup without a name.
                for id in fixture.aggregates.unnamed {
                    if let path = fixture.kernel.paths.first(where: { fixture.kernel.id($0) == id }) {
                        fixture.aggregates.found(id: id, path: path)
                    }
                }
            }
            for (index, counter) in Self.counters.enumerated() {
                truth[counter.0] = expected[index]
            }
            losses = fixture.allLosses
            followed = fixture.aggregates.count
            living = fixture.kernel.paths.count
        }
    }

    @Test(arguments: 1...15 as ClosedRange<UInt64>)
    func rootsWindowsAddUpToAllThatHappened(seed: UInt64) {
        let life = Life(seed: seed, losesRecords: false)
        #expect(life.deaths > 10)
        #expect(life.seen == life.truth)
        #expect(life.losses.isEmpty)
        #expect(life.followed == life.living)
    }

    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func withLostRecordsOnlyCountedLossesAreMissing(seed: UInt64) {
        let life = Life(seed: seed, losesRecords: true)
        #expect(life.lostRemovals + life.lostBirths > 0)
        #expect(life.seen == life.truth, "losses: \(life.losses)")
        #expect(life.losses["counter_back"] == nil)
        #expect(life.losses["table_full"] == nil)
        // A cgroup whose birth was lost may go before anybody hears of it.
        #expect(life.losses["removal_missed", default: 0] <= life.lostRemovals)
        #expect(life.losses["name_unknown", default: 0] <= life.lostBirths)
        #expect(life.losses["sample_missing", default: 0] > 0)
        #expect(life.followed == life.living)
    }
}

import Aggregates
import Probes
import Testing

@testable import headroom

/// What a person may call an entry, by what the map is about.
@Suite struct KeyReadingTests {
    private static let names = CgroupNames(
        paths: [
            1: "/", 40: "/system.slice", 41: "/system.slice/web.service", 42: "/user.slice/web.service",
            43: "/system.slice/db.service", 44: "/late",
        ],
        tenants: [1: (1, 9), 2: (40, 10), 5: (41, 11), 6: (42, 12), 7: (43, 13)], diskShards: 4)
    private static let number = MapLayout(
        key: .integer(bytes: 4, isSigned: false), value: .opaque(bytes: 0))

    private func keys(_ word: String, _ map: String, of count: Int? = 4096) throws -> [UInt64] {
        let isWide = map == "hr_cgroups"
        let layout =
            isWide
            ? MapLayout(key: .integer(bytes: 8, isSigned: false), value: .opaque(bytes: 0)) : Self.number
        let reading = KeyReading(
            guide: .of(map), layout: layout, names: Self.names, arrayCount: isWide ? nil : count)
        return try reading.keys(word).compactMap { layout.key.decode($0[...]).unsigned }
    }

    @Test(
        arguments: [
            ("41", "hr_cgroups", [41]),
            ("/system.slice/web.service", "hr_cgroups", [41]),
            ("cgroup=41", "hr_cgroups", [41]),
            ("db.service", "hr_cgroups", [43]),
            ("/", "hr_cgroups", [1]),
            ("5", "hr_net_slots", [5]),
            ("0x05", "hr_net_slots", [5]),
            ("hex:05000000", "hr_net_slots", [5]),
            ("/system.slice/web.service", "hr_net_slots", [5]),
            ("cgroup=43", "hr_cpu_slots", [7]),
            ("slot=7", "hr_slots", [7]),
            ("/(other)", "hr_steps", [0]),
            ("db.service", "hr_disk_slots", [28, 29, 30, 31]),
            ("slot=2", "hr_disk_slots", [8, 9, 10, 11]),
            ("9", "hr_disk_slots", [9]),
            ("disk_late", "hr_losses", [7]),
            ("7", "hr_losses", [7]),
        ] as [(String, String, [UInt64])])
    func meansTheEntry(word: String, map: String, wanted: [UInt64]) throws {
        #expect(try keys(word, map) == wanted)
    }

    @Test(arguments: [
        ("/system.slice/web.servic", "hr_net_slots", "did you mean /system.slice/web.service?"),
        ("/nowhere/at/all", "hr_cgroups", "no cgroup /nowhere/at/all; `headroom maps dump hr_cgroups` lists"),
        ("/late", "hr_net_slots", "/late has no slot"),
    ])
    func whatIsNotThereIsToldSo(word: String, map: String, words: String) {
        let problem = #expect(throws: KeyProblem.self) { try keys(word, map) }
        guard case .absent(let message)? = problem else {
            Issue.record("\(String(describing: problem))")
            return
        }
        #expect(message.contains(words), "\(message)")
    }

    @Test(arguments: [
        ("web.service", "hr_net_slots", "the end of several cgroups: /system.slice/web.service, /user.slice"),
        ("4096", "hr_net_slots", "hr_net_slots has the entries 0...4095"),
        ("-1", "hr_net_slots", "a key is a slot's number, a cgroup's path, or cgroup=ID"),
        ("slot=x", "hr_slots", "such as slot=12"),
        ("cgroup=x", "hr_slots", "such as cgroup=4711"),
        ("disk_lat", "hr_losses", "did you mean disk_late?"),
        ("tick_skipped", "hr_losses", "a key is the name of a cause, or its number"),
        ("hex:05", "hr_net_slots", "expected 4 pairs"),
        ("many", "hr_inflight", "is not a number"),
    ])
    func whatIsNoKeyIsRefused(word: String, map: String, words: String) {
        let problem = #expect(throws: KeyProblem.self) { try keys(word, map) }
        guard case .malformed(let message)? = problem else {
            Issue.record("\(String(describing: problem))")
            return
        }
        #expect(message.contains(words), "\(message)")
    }

    @Test(arguments: [
        ("hr_cgroup", "did you mean hr_cgroups?"), ("cgroups", "did you mean hr_cgroups?"),
        ("hr-net-slots", "did you mean hr_net_slots?"), ("NET", "did you mean hr_net_slots?"),
        ("hr_losess", "did you mean hr_losses?"), ("slots", "did you mean hr_slots?"), ("", "there are hr_"),
        ("something", "there are hr_"),
    ])
    func theNearestMapIsNamed(name: String, words: String) {
        let known = MapGuide.all.map(\.name)
        let message = NearestName.complaint("no map \"\(name)\"", name, among: known.filter { $0.hasPrefix("hr_") }, all: "there are")
        #expect(message.contains(words), "\(message)")
    }
}

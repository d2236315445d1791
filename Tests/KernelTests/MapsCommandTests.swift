import Foundation
import Glibc
import Probes
import Testing

@testable import headroom

extension KernelSuite {
    /// `headroom maps` of a real agent, beside bpftool's account of the same objects.
    @Suite struct MapsCommandTests {
        private static func number(_ entry: [String: Any], _ key: String) -> Int? { entry[key] as? Int }

        /// What a command prints as JSON lines; its exit code must be 0.
        private func lines(
            _ command: [String], _ scratch: Scratch, _ type: String? = nil
        ) throws -> [[String: Any]] {
            let viewer = try scratch.start(["maps"] + command + ["--json"], output: "view")
            #expect(viewer.exitCode == 0, "\(command): \(scratch.errors)")
            return try scratch.lines("view").filter { type == nil || $0["type"] as? String == type }
        }

        private func text(_ command: [String], _ scratch: Scratch, exit: Int32 = 0) throws -> String {
            let viewer = try scratch.start(["maps"] + command, output: "view")
            #expect(viewer.exitCode == exit, "\(command): \(scratch.errors)")
            return try scratch.text("view")
        }

        @Test(.enabled(if: Bpftool.isThere)) func theListOfMapsIsBpftools() throws {
            let scratch = try Scratch()
            let agent = try scratch.start(["run", "--json"])
            let objects = try scratch.kernelObjects()
            let listed = try lines(["list"], scratch, "map")
            let told = try Bpftool.objects("map", scratch)
            let programs = try Bpftool.objects("prog", scratch)
            let maps = listed.filter { $0["id"] != nil }
            #expect(maps.compactMap { $0["name"] as? String } == objects.maps.map(\.name))
            #expect(Set(maps.compactMap { $0["name"] as? String }).isSubset(of: MapGuide.all.map(\.name)))
            for map in maps {
                let id = try #require(Self.number(map, "id"))
                let truth = try #require(told[id], "bpftool knows no map \(id)")
                #expect(map["map_type"] as? String == truth["type"] as? String)
                for (ours, theirs) in [
                    ("entries_max", "max_entries"), ("key_bytes", "bytes_key"),
                    ("value_bytes", "bytes_value"), ("memory_bytes", "bytes_memlock"),
                ] {
                    #expect(Self.number(map, ours) == Self.number(truth, theirs), "\(map["name"] ?? ""): \(ours)")
                }
                // Who uses it, by the programs' own lists.
                let users = programs.values.filter { ($0["map_ids"] as? [Int] ?? []).contains(id) }
                    .compactMap { Self.number($0, "id") }
                let named = objects.programs.filter { users.contains(Int($0.id)) }.map(\.name)
                #expect(Set(map["programs"] as? [String] ?? []) == Set(named), "\(map["name"] ?? "")")
                #expect(Self.number(map, "owner_pid") == Int(agent.pid))
            }
            #expect(agent.stop(SIGINT) == 0)
        }

        @Test(.enabled(if: Bpftool.isThere)) func programsAreBpftoolsAndRunsOnlyGrow() throws {
            let scratch = try Scratch()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("progs"))
            let load = try ChildProcess(
                shell: "while :; do for i in {1..200}; do :; done; sleep 0.01; done", in: cgroup)
            defer { load.stop(SIGKILL) }
            let agent = try scratch.start(["run", "--json"])
            _ = try scratch.kernelObjects()
            let before = try Bpftool.objects("prog", scratch)
            let listed = try lines(["progs", "--window", "500ms"], scratch, "program")
            let after = try Bpftool.objects("prog", scratch)
            let links = try Bpftool.objects("link", scratch)
            #expect(listed.count > 5)
            for program in listed {
                let name = program["name"] as? String ?? ""
                let id = try #require(Self.number(program, "id"))
                let truth = try #require(after[id], "bpftool knows no program \(id)")
                #expect(program["program_type"] as? String == truth["type"] as? String)
                #expect(program["tag"] as? String == truth["tag"] as? String)
                #expect(Self.number(program, "jited_bytes") == Self.number(truth, "bytes_jited") ?? 0)
                #expect(Self.number(program, "translated_bytes") == Self.number(truth, "bytes_xlated"))
                #expect(Self.number(program, "memory_bytes") == Self.number(truth, "bytes_memlock"))
                let loaded = try #require(program["loaded_s"] as? Double)
                #expect((loaded - Double(Self.number(truth, "loaded_at") ?? 0)).magnitude < 2)
                let runs = try #require(Self.number(program, "runs"))
                #expect(Self.number(before[id] ?? [:], "run_cnt") ?? 0 <= runs, "\(name)")
                #expect(runs <= Self.number(truth, "run_cnt") ?? 0, "\(name)")
                let window = try #require(program["window"] as? [String: Any])
                #expect(Self.number(window, "runs") ?? -1 >= 0 && Self.number(window, "runs") ?? 0 <= runs)
                let hung = links.values.filter { Self.number($0, "prog_id") == id }
                let attached = program["attached"] as? [String] ?? []
                #expect(attached.count == hung.count, "\(name): \(attached)")
                #expect(attached.isEmpty == (program["not_attached"] != nil))
                for link in hung {
                    let hook = (link["tp_name"] ?? link["attach_type"] ?? link["target_name"]) as? String
                    guard let hook else { continue }
                    #expect(attached.contains { $0.contains(hook) }, "\(name): \(attached), not \(hook)")
                }
            }
            // The load switches; the window must have seen it.
            let switches = try #require(listed.first { $0["name"] as? String == "hr_on_switch" })
            #expect(Self.number(switches["window"] as? [String: Any] ?? [:], "runs") ?? 0 > 0)
            #expect(Self.number(switches["window"] as? [String: Any] ?? [:], "run_ns") ?? 0 > 0)
            #expect(try text(["progs"], scratch).contains("it is off again"))
            #expect(try text(["progs", "--window", "0"], scratch).contains("tp_btf/sched_switch"))
            #expect(agent.stop(SIGINT) == 0)
        }

        /// Decoded by us and by bpftool from the same bytes.
        @Test(.enabled(if: Bpftool.isThere)) func entriesAreReadAsBpftoolReadsThem() throws {
            let scratch = try Scratch()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("entries"))
            let agent = try scratch.start(["run", "--json"])
            let objects = try scratch.kernelObjects()
            try LossTests.receive(300_000, in: cgroup)
            func id(_ name: String) throws -> UInt32 { try #require(objects.maps.first { $0.name == name }).id }

            let cgroups = try Bpftool.entries(try id("hr_cgroups"), scratch)
            let dumped = try lines(["dump", "hr_cgroups"], scratch, "entry")
            #expect(cgroups.count == dumped.count)
            for entry in cgroups {
                let key = try #require(Self.number(entry, "key"))
                let ours = try #require(dumped.first { Self.number($0, "key") == key })
                try Self.expectSame(ours["value"], entry["value"])
            }
            let mine = try #require(dumped.first { $0["cgroup"] as? String == cgroup.path })
            let slot = try #require((mine["value"] as? [String: Any]).flatMap { Self.number($0, "slot") })

            // Nobody sends in this cgroup any more: both read the same counts.
            let network = try Bpftool.entries(try id("hr_net_slots"), scratch)
            let truth = try #require(network.first { Self.number($0, "key") == slot })
            let copies = try #require(truth["values"] as? [[String: Any]])
            let perCPU = try lines(["get", "hr_net_slots", cgroup.path, "--per-cpu"], scratch, "entry")
            #expect(!perCPU.isEmpty)
            for copy in perCPU {
                let cpu = try #require(Self.number(copy, "cpu"))
                let theirs = try #require(copies.first { Self.number($0, "cpu") == cpu })
                try Self.expectSame(copy["value"], theirs["value"])
            }
            let sum = try #require(try lines(["get", "hr_net_slots", "\(slot)"], scratch, "entry").first)
            let owner = try #require((mine["value"] as? [String: Any]).flatMap { Self.number($0, "owner") })
            for field in ["rx_bytes", "tx_packets", "connects"] {
                let total = copies.compactMap { $0["value"] as? [String: Any] }
                    .filter { Self.number($0, "owner") == owner }
                    .reduce(0) { $0 + (Self.number($1, field) ?? 0) }
                #expect((sum["value"] as? [String: Any]).flatMap { Self.number($0, field) } == total, "\(field)")
            }
            #expect((sum["value"] as? [String: Any]).flatMap { Self.number($0, "rx_bytes") } ?? 0 >= 300_000)

            // A section of variables, with structures in it.
            let loaded = try #require(try Bpftool.entries(try id(".rodata.config"), scratch).first)
            let section = (loaded["value"] as? [String: Any])?.values.first as? [[String: Any]]
            let ours = try #require(try lines(["dump", ".rodata.config"], scratch, "entry").first)
            try Self.expectSame(
                (ours["value"] as? [String: Any])?["config"], section?.first?["config"])
            #expect(agent.stop(SIGINT) == 0)
        }

        /// All fields of ours are there, with the same value; padding is not ours to show.
        private static func expectSame(_ ours: Any?, _ theirs: Any?) throws {
            let ours = try #require(ours as? [String: Any])
            let theirs = try #require(theirs as? [String: Any])
            #expect(Set(theirs.keys).subtracting(["pad", "pad2"]) == Set(ours.keys))
            for (name, value) in ours {
                #expect("\(value)" == "\(theirs[name] ?? "")", "\(name)")
            }
        }

        @Test func batchesAndSingleLookUpsReadTheSame() throws {
            let scratch = try Scratch()
            let parent = try TestCgroup(TestCgroup.uniqueName("batch"))
            let names = (0..<1_500 / Host.scale).map { "\(parent.directory)/c\($0)" }
            defer { for name in names { unsafe rmdir(name) } }
            for name in names { unsafe mkdir(name, 0o755) }
            let agent = try scratch.start(["run", "--json"])
            let objects = try scratch.kernelObjects()
            for name in ["hr_cgroups", "hr_slots", "hr_net_slots", "hr_losses"] {
                let object = try #require(objects.maps.first { $0.name == name })
                let map = try MapHandle(id: object.id, name: name)
                var batched: [[UInt8]: Int] = [:]
                try map.forEachRaw { key, value in
                    batched[Array(key), default: 0] += value.count
                    return true
                }
                var single: [[UInt8]: Int] = [:]
                try map.forEachOneByOne { key, value in
                    single[Array(key), default: 0] += value.count
                    return true
                }
                #expect(batched == single, "\(name)")
                #expect(batched.values.allSatisfy { $0 == map.info.rawValueBytes }, "\(name)")
                if name == "hr_cgroups" { #expect(batched.count > names.count) }
                var taken = 0
                try map.forEachRaw { _, _ in
                    taken += 1
                    return taken < 3
                }
                #expect(taken == 3, "stops when told")
            }
            let dumped = try lines(["dump", "hr_cgroups", "--limit", "1000000"], scratch, "entry")
            #expect(dumped.filter { ($0["cgroup"] as? String)?.hasPrefix(parent.path + "/c") ?? false }.count == names.count)
            let cut = try scratch.start(["maps", "dump", "hr_cgroups", "--limit", "5"], output: "view")
            #expect(cut.exitCode == 0 && scratch.errors.contains("stopped after 5 entries"))
            #expect(try scratch.text("view").split(separator: "\n").count == 5)
            #expect(agent.stop(SIGINT) == 0)
        }

        @Test(.enabled(if: Bpftool.isThere)) func aPinnedMapIsSaidToBePinned() throws {
            let scratch = try Scratch()
            let agent = try scratch.start(["run", "--json"])
            let objects = try scratch.kernelObjects()
            let point = scratch.path("bpf")
            #expect(unsafe mkdir(point, 0o755) == 0)
            guard unsafe mount("bpffs", point, "bpf", 0, nil) == 0 else {
                throw TestFailure("mount bpffs: errno \(errno)")
            }
            defer { unsafe umount(point) }
            let losses = try #require(objects.maps.first { $0.name == "hr_losses" })
            #expect(unsafe mkdir(point + "/deep", 0o755) == 0)
            _ = try Bpftool.json(["map", "pin", "id", "\(losses.id)", point + "/deep/lost"], scratch)
            let program = try #require(objects.programs.first)
            _ = try Bpftool.json(["prog", "pin", "id", "\(program.id)", point + "/program"], scratch)
            let listed = try lines(["list"], scratch, "map").filter { $0["id"] != nil }
            for map in listed {
                let wanted = map["name"] as? String == "hr_losses" ? [point + "/deep/lost"] : []
                #expect(map["pinned"] as? [String] == wanted, "\(map["name"] ?? "")")
            }
            unsafe unlink(point + "/deep/lost")
            unsafe unlink(point + "/program")
            #expect(agent.stop(SIGINT) == 0)
        }

        /// Rates times the time between looks are what the counter grew by meanwhile.
        @Test func ratesAddUpToWhatWasCounted() throws {
            let scratch = try Scratch()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("rates"))
            let agent = try scratch.start(["run", "--json"])
            _ = try scratch.kernelObjects()
            try LossTests.receive(50_000, in: cgroup)
            func received() throws -> Double {
                let sum = try lines(["get", "hr_net_slots", cgroup.path], scratch, "entry").first
                return (sum?["value"] as? [String: Any]).flatMap { $0["rx_bytes"] as? Double } ?? .nan
            }
            let before = try received()
            let watch = try scratch.start(
                ["maps", "watch", "hr_net_slots", "--interval", "0.5", "--count", "4", "--json"], output: "rates")
            for _ in 0..<4 {
                try LossTests.receive(200_000, in: cgroup)
                usleep(300_000)
            }
            #expect(watch.exitCode == 0, "\(scratch.errors)")
            let after = try received()
            let reports = try scratch.lines("rates")
            #expect(reports.filter { $0["type"] as? String == "rates" }.count == 4)
            var grown = 0.0
            var pending = 0.0
            for report in reports {
                let rate = (report["per_s"] as? [String: Any])?["rx_bytes"] as? Double ?? 0
                if report["type"] as? String == "rate" {
                    if report["cgroup"] as? String == cgroup.path { pending = rate }
                } else {
                    #expect(rate >= pending, "the sum is of all")
                    grown += pending * (report["interval_s"] as? Double ?? 0)
                    pending = 0
                }
            }
            #expect(grown > 100_000, "\(grown)")
            #expect(grown <= (after - before) * 1.000_001, "\(grown) of \(after - before)")
            #expect(agent.stop(SIGINT) == 0)
        }

        @Test func lossesSayWhatToDo() throws {
            let scratch = try Scratch()
            let parent = try TestCgroup(TestCgroup.uniqueName("lost"))
            // More cgroups than the table holds.
            let agent = try scratch.start(["run", "--json", "--max-cgroups", "16"])
            _ = try scratch.kernelObjects()
            let crowd = try (0..<40).map { try TestCgroup("c\($0)", in: parent.path) }
            usleep(2_500_000)
            let losses = try lines(["losses"], scratch, "loss")
            let overflow = try #require(losses.first { $0["cause"] as? String == "slot_overflow" })
            let total = try #require(overflow["total"] as? Double)
            #expect(total > 0)
            #expect(overflow["per_s"] as? Double ?? 0 > 0)
            #expect((overflow["to_do"] as? String)?.contains("sampling.max_cgroups") == true)
            let shown = try text(["losses"], scratch)
            #expect(shown.contains("  to do: raise sampling.max_cgroups"))
            #expect(!shown.contains("no known device"), "only about what was lost")
            withExtendedLifetime(crowd) {}
            #expect(agent.stop(SIGINT) == 0)
        }

        @Test(
            arguments: [
                (["get", "hr_slotz", "1"], 1, "did you mean hr_slots?"),
                (["get", "hr_cgroups", "999999999999"], 1, "a key is a cgroup's id, or its path, such as"),
                (["get", "hr_cgroups", "/no/such"], 1, "no cgroup /no/such"),
                (["get", "hr_slots", "4096"], 2, "hr_slots has the entries 0...4095"),
                (["get", "hr_losses", "disk_lat"], 2, "did you mean disk_late?"),
                (["get", "hr_records", "1"], 1, "is a ringbuf: its entries have no keys"),
                (["get", "aggregates", "/no/such"], 1, "no cgroup /no/such"),
                (["dump", "nothing"], 1, "there are"),
                (["dump", "hr_records"], 1, "is a ringbuf"),
                (["watch", "hr_steps", "--count", "1"], 1, "has nothing that only grows"),
                (["watch", "aggregates"], 1, "headroom top"),
                (["watch", "hr_losses", "--interval", "soon"], 2, "expected a duration such as"),
                (["watch", "hr_losses", "--interval", "0"], 2, "is not within"),
                (["watch", "hr_losses", "--count", "0"], 2, "is not positive"),
                (["progs", "--window", "2h"], 2, "is not within"),
                (["get", "hr_losses"], 2, "Missing expected argument"),
            ] as [([String], Int32, String)])
        func whatCannotBeIsToldSo(command: [String], code: Int32, words: String) throws {
            let scratch = try Scratch()
            let agent = try scratch.start(["run", "--json"])
            _ = try scratch.kernelObjects()
            #expect(try text(command, scratch, exit: code) == "")
            #expect(scratch.errors.contains(words), "\(command): \(scratch.errors)")
            #expect(agent.stop(SIGINT) == 0)
        }

        @Test(arguments: [
            ["list"], ["dump", "hr_slots"], ["get", "hr_slots", "1"], ["watch", "hr_losses"], ["progs"],
            ["overview"],
        ])
        func withoutRootItIsCode4(command: [String]) throws {
            let scratch = try Scratch()
            let process = try scratch.startAsNobody(["maps"] + command)
            #expect(process.exitCode == 4)
            #expect(scratch.errors.contains("sudo"), "\(scratch.errors)")
        }

        /// Without an agent of this directory, where one does run is said.
        @Test func anAgentElsewhereIsPointedTo() throws {
            let scratch = try Scratch()
            let elsewhere = try Scratch()
            #expect(try text(["list"], scratch, exit: 1) == "")
            #expect(scratch.errors.contains("no agent is running"), "\(scratch.errors)")
            let agent = try elsewhere.start(["run", "--json"])
            _ = try elsewhere.kernelObjects()
            for command in [["list"], ["losses"], ["watch", "hr_losses"], []] {
                _ = try text(command, scratch, exit: 1)
                #expect(
                    scratch.errors.contains("process \(agent.pid): HEADROOM_RUNTIME_DIRECTORY=\(elsewhere.runtime) "),
                    "\(scratch.errors)")
            }
            #expect(agent.stop(SIGINT) == 0)
        }

        /// `watch` ends when the agent does.
        @Test func aWatchEndsWithItsAgent() throws {
            let scratch = try Scratch()
            let agent = try scratch.start(["run", "--json"])
            _ = try scratch.kernelObjects()
            let watch = try scratch.start(
                ["maps", "watch", "hr_losses", "--interval", "0.2"], output: "rates")
            usleep(600_000)
            #expect(!watch.hasEnded)
            #expect(agent.stop(SIGINT) == 0)
            #expect(watch.exitCode == 1)
            #expect(scratch.errors.contains("the agent has ended"), "\(scratch.errors)")
            let second = try scratch.start(["run", "--json"])
            _ = try scratch.kernelObjects()
            let stopped = try scratch.start(["maps", "watch", "hr_cpu_slots"], output: "rates")
            usleep(1_500_000)
            #expect(stopped.stop(SIGINT) == 0, "Ctrl-C ends it well")
            #expect(second.stop(SIGINT) == 0)
        }
    }
}

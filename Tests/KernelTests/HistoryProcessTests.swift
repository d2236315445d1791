import Foundation
import Glibc
import Testing

extension KernelSuite {
    /// The history on disk, as an agent keeps it and the commands read it.
    @Suite struct HistoryProcessTests {
        private static let run = ["run", "--json", "--interval", "0.2", "--horizon", "1,2"]

        @Test func theHistoryIsWhatTheLiveRunTold() throws {
            let scratch = try Scratch()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("history"))
            let load = try ChildProcess(shell: "while :; do :; done", in: cgroup)
            defer { load.stop(SIGKILL) }
            #expect(try scratch.start(Self.run + ["--duration", "4"]).exitCode == 0, "\(scratch.errors)")
            let live = try scratch.lines().filter { $0["type"] as? String == "window" }
            let replay = try scratch.start(["replay", "--json"], output: "replayed")
            #expect(replay.exitCode == 0, "\(scratch.errors)")
            let kept = try scratch.lines("replayed")
            func windows(_ lines: [[String: Any]]) -> [String: [String: Double]] {
                var windows: [String: [String: Double]] = [:]
                for line in lines where line["type"] as? String == "window" {
                    guard let path = line["cgroup"] as? String, let cpu = line["cpu_usage_ns"] as? Double else { continue }
                    for key in ["cpu_usage_ns", "run_queue_delay_ns", "disk_write_bytes", "net_rx_bytes"] {
                        windows[path, default: [:]][key, default: 0] += line[key] as? Double ?? 0
                    }
                    if path == cgroup.path || path == "/" { windows[path, default: [:]]["\(line["time_s"] ?? "")"] = cpu }
                }
                return windows.filter { $0.value["cpu_usage_ns"] ?? 0 > 0 }
            }
            let was = windows(live)
            #expect(windows(kept) == was)
            #expect(was[cgroup.path]?["cpu_usage_ns"] ?? 0 > 1e9)
            let requests = { (lines: [[String: Any]]) in lines.filter { $0["type"] as? String == "request" }.map { "\($0["id"] ?? "")" } }
            #expect(requests(kept) == requests(try scratch.lines()))

            let export = try scratch.start(["export", "--csv", scratch.path("traces"), "--step", "1", "--cgroup", cgroup.path])
            #expect(export.exitCode == 0, "\(scratch.errors)")
            let traces = try FileManager.default.contentsOfDirectory(atPath: scratch.path("traces"))
            #expect(traces.count == 1, "\(traces)")
            let backtest = try scratch.start(
                ["backtest", "--from-history", "--step", "1", "--cgroup", cgroup.path, "--horizon", "1", "--json"], output: "scores")
            #expect(backtest.exitCode == 0, "\(scratch.errors)")
            #expect(try scratch.text("scores").contains("\"scores\""))
            let report = try scratch.start(["report", "-o", scratch.path("report.html")])
            #expect(report.exitCode == 0, "\(scratch.errors)")
            let page = try scratch.text("report.html")
            #expect(page.contains(cgroup.path) && page.contains("Demand and capacity") && page.contains("granted"))
            let summary = try scratch.start(["history", "--json"], output: "history")
            #expect(summary.exitCode == 0)
            #expect(try scratch.text("history").contains("\"tier\":\"windows\""))
        }

        /// Whatever moment it is killed at, all ticks but the one under way are there, once each.
        @Test func killsLoseAtMostTheTickUnderWay() throws {
            let scratch = try Scratch()
            var shown: [Double] = []
            for round in 0..<5 {
                let agent = try scratch.start(Self.run + ["--duration", "60"], output: "output-\(round)")
                _ = try scratch.kernelObjects()
                usleep(UInt32(400_000 + 137_000 * round))
                agent.stop(SIGKILL)
                // The last line may be cut.
                let lines = try scratch.text("output-\(round)").split(separator: "\n").dropLast()
                for line in lines where line.hasPrefix("{\"type\":\"window\"") && line.contains("\"cgroup\":\"/\",") {
                    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                    if let time = object?["time_s"] as? Double { shown.append(time) }
                }
            }
            let replay = try scratch.start(["replay", "--json", "--cgroup", "/"], output: "replayed")
            #expect(replay.exitCode == 0, "\(scratch.errors)")
            let kept = try scratch.lines("replayed").filter { $0["type"] as? String == "window" && $0["cgroup"] as? String == "/" }
                .compactMap { $0["time_s"] as? Double }
            #expect(kept == kept.sorted() && Set(kept).count == kept.count)
            let missing = Set(shown).subtracting(kept)
            #expect(missing.count <= 5, "\(missing.count) of \(shown.count)")
            #expect(shown.count > 5)
        }

        /// A cgroup that is born before the first walk has a window in a tick in which the root has none.
        @Test func cgroupsMayComeAndGoWhileTheAgentStarts() throws {
            let scratch = try Scratch()
            let parent = try TestCgroup(TestCgroup.uniqueName("churn"))
            let churn = try ChildProcess([
                "/bin/bash", "-c",
                "cd '\(parent.directory)' && while :; do mkdir a b c d; sleep 0.02; rmdir a b c d; done",
            ])
            defer {
                churn.stop(SIGKILL)
                for name in ["a", "b", "c", "d"] { unsafe rmdir(parent.directory + "/" + name) }
            }
            for round in 0..<5 {
                let agent = try scratch.start(Self.run + ["--duration", "1.5"], output: "output-\(round)")
                #expect(agent.exitCode == 0, "start \(round): \(scratch.errors)")
            }
            let summary = try scratch.start(["history", "--json"], output: "history")
            #expect(summary.exitCode == 0, "\(scratch.errors)")
        }

        /// The loop of docs/history.md on real cgroups, as if it had run ten minutes ago.
        @Test func aLogOfCgroupFilesIsImportedWhileAnAgentRuns() throws {
            let scratch = try Scratch()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("log"))
            let load = try ChildProcess(shell: "while :; do :; done", in: cgroup)
            defer { load.stop(SIGKILL) }
            let agent = try scratch.start(Self.run + ["--duration", "30"], output: "live")
            _ = try scratch.kernelObjects()
            // All snapshots within one minute.
            let second = Int(Date().timeIntervalSince1970) % 60
            if second > 50 { sleep(UInt32(61 - second)) }
            func usage() throws -> (seconds: Double, time: Double) {
                let text = try String(contentsOfFile: cgroup.directory + "/cpu.stat", encoding: .utf8)
                let words = text.split(whereSeparator: \.isWhitespace)
                return ((Double(words[1]) ?? .nan) / 1e6, Date().timeIntervalSince1970)
            }
            let before = try usage()
            let loop = try ChildProcess(
                [
                    "/bin/bash", "-c",
                    """
                    cd '\(cgroup.directory)/..'
                    for round in 1 2 3 4; do
                      grep -rs . --include=cpu.stat --include=memory.current --include=io.stat | sed "s|^|$(date +%s.%N) |"
                      sleep 1
                    done
                    """,
                ], output: scratch.path("log"), error: scratch.path("log-errors"))
            #expect(loop.exitCode == 0)
            let after = try usage()
            // Names on this host need not be UTF-8.
            let log = String(decoding: try Data(contentsOf: URL(fileURLWithPath: scratch.path("log"))), as: UTF8.self)
            let earlier = log.split(separator: "\n").map { line in
                let space = line.firstIndex(of: " ") ?? line.endIndex
                return "\((Double(line[..<space]) ?? 0) - 600)\(line[space...])"
            }
            try Data((earlier.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: scratch.path("shifted")))
            let imported = try scratch.start(["import", "--cgroups", scratch.path("shifted"), "--json"], output: "summary")
            #expect(imported.exitCode == 0, "\(scratch.errors)")
            let told = try scratch.text("summary")
            #expect(told.contains("\"unreadable_rows\":0"), "\(told)")
            let name = "/" + (cgroup.path.split(separator: "/").last.map(String.init) ?? "")
            let replay = try scratch.start(
                ["replay", "--minutes", "--json", "--since", "20m", "--until", "9m", "--cgroup", name], output: "replayed")
            #expect(replay.exitCode == 0, "\(scratch.errors)")
            let minute = try #require(try scratch.lines("replayed").first { $0["type"] as? String == "minute" })
            let cores = (minute["cpu"] as? [String: Any])?["mean"] as? Double ?? .nan
            let truth = (after.seconds - before.seconds) / (after.time - before.time)
            #expect((cores - truth).magnitude < 0.25 * truth, "\(cores) cores, \(truth) by hand")
            // The agent did not mind, and its own minutes are there.
            agent.stop(SIGTERM)
            #expect(agent.exitCode == 0, "\(scratch.errors)")
            let summary = try scratch.start(["history"], output: "history")
            #expect(summary.exitCode == 0, "\(scratch.errors)")
            let text = try scratch.text("history")
            #expect(text.contains("imported: 1 of") && text.contains("from cgroup logs") && text.contains("windows: "), "\(text)")
        }

        @Test func aFullDiskIsCountedAndTheAgentGoesOn() throws {
            let scratch = try Scratch()
            let state = scratch.path("state")
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
            guard unsafe mount("none", state, "tmpfs", 0, "size=64k") == 0 else {
                print("SKIPPED a kernel test: no tmpfs can be mounted: errno \(errno)")
                return
            }
            defer { unsafe umount2(state, CInt(MNT_DETACH)) }
            try Data(count: 65_536).write(to: URL(fileURLWithPath: state + "/ballast"))
            let agent = try scratch.start(Self.run + ["--duration", "30"])
            _ = try scratch.kernelObjects()
            usleep(1_500_000)
            agent.stop(SIGTERM)
            #expect(agent.exitCode == 0, "\(scratch.errors)")
            #expect(scratch.errors.contains("no history: "), "\(scratch.errors)")
            let losses = try scratch.lines().filter { $0["cause"] as? String == "history_tick" }
            #expect(losses.last?["total"] as? Int ?? 0 >= 2)
        }
    }
}

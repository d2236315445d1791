internal import Glibc
internal import Probes

/// A running `headroom-connect fleet`, which plans from a stand-in of Prometheus.
final class FleetProcess {
    struct Round {
        let seconds: Double
        let series: Int
        let applications: Int
    }

    private let process: ChildProcess

    init(command: String, port: Int, historyDays: Int) throws {
        process = try ChildProcess([
            command, "fleet", "--prometheus", "http://127.0.0.1:\(port)", "--no-lease", "--json",
            "--interval", "1", "--history-days", "\(historyDays)",
        ])
    }

    /// Waits until so many rounds were made. - Returns: all so far.
    func rounds(atLeast count: Int, within seconds: Double) throws -> [Round] {
        let end = Clock.monotonic() + Int64(seconds * 1e9)
        while true {
            let text = process.outputText
            let rounds = text.split(separator: "\n").filter { $0.hasPrefix("{\"type\":\"round\"") }
            if rounds.count >= count { return try rounds.map { try Self.round($0, text) } }
            if process.poll() != nil { throw BenchError("headroom-connect fleet ended: \(process.errorText.suffix(500))") }
            guard Clock.monotonic() < end else {
                throw BenchError("\(rounds.count) rounds in \(Report.number(seconds)) s: \(process.errorText.suffix(500))")
            }
            Clock.sleep(seconds: 0.05)
        }
    }

    func end() { process.end() }

    /// The most that it ever had resident, in bytes.
    func peakBytes() throws -> Double {
        let text = try TextFile.read("/proc/\(process.pid)/status")
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        guard let kibibytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Double($0) })
        else { throw BenchError("/proc/\(process.pid)/status has no VmHWM") }
        return kibibytes * 1_024
    }

    private static func round(_ line: Substring, _ all: String) throws -> Round {
        func number(_ key: String) -> Double? {
            line.firstRange(of: "\"\(key)\":").flatMap { found in
                Double(line[found.upperBound...].prefix { $0 != "," && $0 != "}" })
            }
        }
        guard let seconds = number("took_s"), let series = number("series"), let applications = number("applications")
        else { throw BenchError("not a round: \(line)") }
        // A round that was held reads less: it must not count as a fast one.
        guard !all.contains("\"type\":\"hold\"") else { throw BenchError("the plan was held: \(all.suffix(500))") }
        return Round(seconds: seconds, series: Int(series), applications: Int(applications))
    }
}

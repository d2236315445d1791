import Foundation
import TestSupport
import Testing

/// One process writes the shared table as fast as it can, others read it: no torn copy, and a
/// writer that nothing holds up.
///
/// `HEADROOM_STRESS_SECONDS` is how long it takes, 8 unless given; `HEADROOM_STRESS_PROGRAM` another build of the processes.
/// scripts/stress is a minute of a release build's; docs/lock-freedom.md has its figures.
@Suite(.serialized) struct TableStressTests {
    private static let seconds =
        ProcessInfo.processInfo.environment["HEADROOM_STRESS_SECONDS"].flatMap { Double($0) } ?? 8
    private static let program =
        ProcessInfo.processInfo.environment["HEADROOM_STRESS_PROGRAM"] ?? BuiltProgram.path("table-stress")
    private static let readers = 4

    private static func start(_ what: String, _ place: TemporaryPlace, _ more: [String] = []) throws -> Program {
        try Program(program, [what, place.url.path] + more)
    }

    private static func sleep(_ share: Double) { usleep(UInt32(seconds * share * 1e6)) }

    /// `reads torn backwards retries missed rejected`
    private struct Reading {
        var reads = 0
        var torn = 0
        var backwards = 0
        var retries = 0
        var missed = 0
        var rejected = 0

        init() {}

        init(_ text: String) throws {
            let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
            try #require(numbers.count == 6, "\(text)")
            (reads, torn, backwards) = (numbers[0], numbers[1], numbers[2])
            (retries, missed, rejected) = (numbers[3], numbers[4], numbers[5])
        }

        mutating func add(_ other: Reading) {
            reads += other.reads
            torn += other.torn
            backwards += other.backwards
            retries += other.retries
            missed += other.missed
            rejected += other.rejected
        }
    }

    /// `phase steps p50 p999 longest voluntary involuntary cpuNanoseconds longestCPU`
    private struct Phase {
        let numbers: [Int]
        var steps: Int { numbers[0] }
        var median: Int { numbers[1] }
        var voluntary: Int { numbers[4] }
        var cpuPerStep: Double { Double(numbers[6]) / Double(max(1, steps)) }
    }

    @Test func oneWriterManyReadersNoTornCopyAndNoWaiting() throws {
        // As /run is: memory, whose pages are never written back while somebody waits.
        let parent = try TemporaryPlace(in: "/dev/shm")
        let place = try TemporaryPlace(in: parent.url.path)
        let writer = try Self.start("write", place)
        let table = place.url.appendingPathComponent("table").path
        for _ in 0..<1000 where !FileManager.default.fileExists(atPath: table) { usleep(10_000) }
        usleep(200_000)

        writer.send("alone")
        Self.sleep(0.125)

        // Stopped with half of a slot read, where a lock would be held.
        let stopped = try (0..<Self.readers).map { _ in try Self.start("stop", place) }
        for reader in stopped { try Self.waitUntilStopped(reader.pid) }
        writer.send("stopped")
        Self.sleep(0.125)
        writer.send("read")

        var all = Reading()
        for reader in stopped {
            kill(reader.pid, SIGCONT)
            let reading = try Reading(reader.result().text)
            #expect(reading.reads == 1 && reading.torn == 0 && reading.missed == 0)
            #expect(reading.retries > 0, "the half that was read before the stop was not thrown away")
        }

        func read(_ share: Double, meanwhile: () throws -> Void) throws {
            let time = ["\(Self.seconds * share)"]
            let readers = try (0..<Self.readers).map { _ in try Self.start("read", place, time) }
            try meanwhile()
            for reader in readers {
                let result = reader.result()
                #expect(result.code == 0)
                all.add(try Reading(result.text))
            }
        }
        try read(0.5) {}
        writer.send("killed")
        var killed = 0
        try read(0.25) {
            let end = Date(timeIntervalSinceNow: Self.seconds * 0.25)
            while Date() < end {
                let died = try Self.start("die", place).result()
                #expect(died.code == -SIGKILL)
                killed += 1
            }
        }

        let told = writer.result()
        #expect(told.code == 0)
        var phases: [String: Phase] = [:]
        for line in told.text.split(separator: "\n") {
            let words = line.split(separator: " ")
            let numbers = words.dropFirst().compactMap { Int($0) }
            try #require(numbers.count == 8, "\(line)")
            phases[String(words[0])] = Phase(numbers: numbers)
        }
        print("phase steps p50_ns p999_ns longest_ns voluntary involuntary cpu_ns longest_cpu_ns\n" + told.text, terminator: "")
        print(
            "\(Self.readers) readers: \(all.reads) copies, \(all.torn) torn, \(all.backwards) backwards,",
            "\(all.retries) taken again, \(all.missed) given up; \(all.rejected) of two writes seen and thrown away;",
            "\(killed) readers killed in the middle"
        )

        #expect(all.torn == 0 && all.backwards == 0)
        #expect(Double(all.reads) > 10_000 * Self.seconds)
        #expect(killed > 0)
        // The pattern does find copies of two writes, where nobody looks at the number again.
        #expect(all.rejected > 0)
        let alone = try #require(phases["alone"])
        for name in ["alone", "stopped", "read", "killed"] {
            let phase = try #require(phases[name], "\(told.text)")
            #expect(phase.steps > 1000)
            // It never gave its CPU away: there is nothing in a step that it could wait for.
            #expect(phase.voluntary == 0, "\(name): \(told.text)")
        }
        // Readers that hold still in the middle of a read cost it nothing.
        let stoppedPhase = try #require(phases["stopped"])
        #expect(stoppedPhase.median <= 2 * alone.median, "\(told.text)")
        #expect(stoppedPhase.cpuPerStep <= 2 * alone.cpuPerStep, "\(told.text)")
    }

    private static func waitUntilStopped(_ pid: pid_t) throws {
        for _ in 0..<1000 {
            let status = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
            if status.contains(") T ") { return }
            usleep(10_000)
        }
        throw ManifestProblem("\(pid) did not stop")
    }
}

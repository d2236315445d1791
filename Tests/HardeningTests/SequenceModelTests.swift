import Foundation
import TestSupport
import Testing

/// Every interleaving and every reordering of a small run of the shared table's protocol, by spin.
@Suite(.serialized) struct SequenceModelTests {
    private static let hasSpin: Bool = {
        let missing = ["spin", "cc"].filter { Program.find($0) == nil }
        if !missing.isEmpty {
            print("SKIPPED the models of the shared table: no \(missing.joined(separator: ", no ")) here")
        }
        return missing.isEmpty
    }()

    private struct Outcome {
        let errors: Int
        let states: Int
        let text: String
    }

    /// - Parameter isAboutProgress: checks that the writer never waits, instead of that no copy is torn.
    private static func check(_ mutation: String?, isAboutProgress: Bool = false) throws -> Outcome {
        let place = try TemporaryPlace()
        let model = Manifest.repository.appendingPathComponent("Tests/Models/sequence.pml").path
        let definitions = mutation.map { ["-D\($0)"] } ?? []
        let made = try Program.run("spin", definitions + ["-a", model], in: place.url)
        try #require(made.code == 0, "\(made.text)")
        let mode = isAboutProgress ? ["-DNFAIR=3"] : ["-DNOCLAIM", "-DSAFETY"]
        let compiled = try Program.run("cc", ["-O2", "-w"] + mode + ["-o", "pan", "pan.c"], in: place.url)
        try #require(compiled.code == 0, "\(compiled.text)")
        let limits = ["-m200000", "-w22"]
        let run = try Program.run(
            place.url.appendingPathComponent("pan").path,
            (isAboutProgress ? ["-a", "-f"] : []) + limits,
            in: place.url
        )
        #expect(!run.text.contains("max search depth too small"), "\(run.text)")
        let errors = run.text.firstMatch(of: /errors: (\d+)/).flatMap { Int($0.1) }
        let states = run.text.firstMatch(of: /(\d+) states, stored/).flatMap { Int($0.1) }
        return Outcome(errors: try #require(errors), states: try #require(states), text: run.text)
    }

    @Test(.enabled(if: hasSpin), arguments: [nil, "DEAD_WRITER"])
    func noCopyIsTorn(mutation: String?) throws {
        let outcome = try Self.check(mutation)
        #expect(outcome.errors == 0, "\(outcome.text)")
        // All of three writes in all their orders, not a search that ended at once.
        #expect(outcome.states > 100_000)
    }

    @Test(.enabled(if: hasSpin)) func theWriterNeverWaitsWhateverReadersDo() throws {
        let outcome = try Self.check(nil, isAboutProgress: true)
        #expect(outcome.errors == 0, "\(outcome.text)")
        #expect(outcome.states > 100_000)
    }

    /// What each memory order is there for: without it the same check finds a torn copy.
    @Test(
        .enabled(if: hasSpin),
        arguments: [
            "NO_RELEASE_FENCE", "RELAXED_LAST_STORE", "RELAXED_FIRST_LOAD", "NO_ACQUIRE_FENCE",
            "NO_SECOND_LOAD", "SHORT_NUMBER",
        ])
    func eachOrderIsNeeded(mutation: String) throws {
        let outcome = try Self.check(mutation)
        #expect(outcome.errors > 0)
        #expect(outcome.text.contains("assertion violated (first==second)"), "\(outcome.text)")
    }

    @Test(.enabled(if: hasSpin)) func aLockForReadersWouldStopTheWriter() throws {
        let outcome = try Self.check("READ_LOCK", isAboutProgress: true)
        #expect(outcome.text.contains("acceptance cycle"), "\(outcome.text)")
    }

    /// The model is not safe for want of readers that get anything.
    @Test(.enabled(if: hasSpin)) func readersGetTheLastValue() throws {
        #expect(try Self.check("MUST_NOT_ACCEPT").errors > 0)
    }
}

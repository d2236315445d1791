import Aggregates
import Capacity
import Testing

@testable import Agent

/// What is known of a provider program's capacity from what it was asked and has said.
@Suite struct ProgramLedgerTests {
    private let cpu = ProgramLedger.Key(pool: "node", resource: .cpu)
    private let memory = ProgramLedger.Key(pool: "node", resource: .memory)

    private func request(_ id: UInt64, _ amount: Double, _ resource: Resource = .cpu) -> CapacityRequest {
        CapacityRequest(
            id: id, pool: "node", resource: resource, amount: amount, change: 1,
            requestedAtNanoseconds: 0, neededByNanoseconds: 0, reasons: [])
    }

    private func ready(_ ledger: ProgramLedger) -> [Double?] {
        let observation = ledger.observation(cpu)
        return [observation?.ready, observation?.pending, observation?.allocatable]
    }

    @Test func aRequestIsPendingUntilItsAnswer() throws {
        var ledger = ProgramLedger([cpu, memory])
        #expect(ready(ledger) == [0, 0, nil])
        ledger.ask(request(1, 4), at: 0)
        #expect(ready(ledger) == [0, 4, nil])
        #expect(try ledger.take(.outcome(id: 1, .pending)) == nil)
        #expect(ready(ledger) == [0, 4, nil])
        let answer = try ledger.take(.outcome(id: 1, .granted(nil)))
        #expect(answer == ProviderAnswer(request: request(1, 4), outcome: .granted(amount: 4)))
        #expect(ready(ledger) == [4, 0, nil])
        // Twice is once.
        #expect(try ledger.take(.outcome(id: 1, .granted(nil))) == nil)
        ledger.ask(request(2, 6), at: 0)
        #expect(
            try ledger.take(.outcome(id: 2, .partial(5, reason: "quota")))?.outcome
                == .partial(amount: 5, reason: "quota"))
        #expect(ready(ledger) == [5, 0, nil])
        ledger.ask(request(3, 9), at: 0)
        #expect(try ledger.take(.outcome(id: 3, .denied(reason: "no")))?.outcome == .denied(reason: "no"))
        #expect(ready(ledger) == [5, 0, nil])
    }

    @Test func theLatestRequestStandsForThoseBefore() throws {
        var ledger = ProgramLedger([cpu, memory])
        ledger.ask(request(1, 4), at: 0)
        ledger.ask(request(2, 6), at: 0)
        ledger.ask(request(3, 1e9, .memory), at: 0)
        #expect(try ledger.take(.outcome(id: 1, .granted(nil))) == nil)
        #expect(ready(ledger) == [0, 6, nil])
        #expect(ledger.reopen(at: 0).map(\.id) == [2, 3])
        #expect(try ledger.take(.outcome(id: 2, .granted(nil)))?.request.id == 2)
        #expect(ledger.reopen(at: 0).map(\.id) == [3])
    }

    @Test func whatTheProgramSeesIsWhatThereIs() throws {
        var ledger = ProgramLedger([cpu])
        let seen = CapacityObservation(ready: 3, pending: 2, allocatable: 64)
        #expect(try ledger.take(.capacity(cpu, seen)) == nil)
        #expect(ledger.observation(cpu) == seen)
        ledger.ask(request(1, 8), at: 0)
        #expect(ready(ledger) == [3, 5, 64])
        _ = try ledger.take(.outcome(id: 1, .granted(nil)))
        #expect(ready(ledger) == [8, 0, 64])
        // It has lost a part of it since.
        _ = try ledger.take(.capacity(cpu, CapacityObservation(ready: 6, pending: 0, allocatable: 64)))
        #expect(ready(ledger) == [6, 0, 64])
    }

    @Test func silenceIsARefusalUnlessItWasTakenOn() throws {
        var ledger = ProgramLedger([cpu, memory])
        ledger.ask(request(1, 4), at: 100)
        ledger.ask(request(2, 1e9, .memory), at: 100)
        _ = try ledger.take(.outcome(id: 2, .pending))
        #expect(ledger.expire(at: 129, after: 30, "silent").isEmpty)
        #expect(
            ledger.expire(at: 130, after: 30, "silent")
                == [ProviderAnswer(request: request(1, 4), outcome: .denied(reason: "silent"))])
        #expect(ledger.expire(at: 1_000, after: 30, "silent").isEmpty)
        #expect(ready(ledger) == [0, 0, nil])
        // Too late for the request, and still true.
        #expect(try ledger.take(.outcome(id: 1, .granted(nil))) == nil)
        #expect(ready(ledger) == [4, 0, nil])
        // A program that was started anew has time again.
        #expect(ledger.reopen(at: 2_000).map(\.id) == [2])
        #expect(ledger.expire(at: 2_029, after: 30, "silent").isEmpty)
        #expect(ledger.expire(at: 2_030, after: 30, "silent").map(\.request.id) == [2])
    }

    @Test func answersToNothingAreRefused() throws {
        var ledger = ProgramLedger([cpu])
        #expect(throws: ProgramComplaint.self) { try ledger.take(.outcome(id: 1, .granted(nil))) }
        ledger.ask(request(1, 4), at: 0)
        #expect(throws: ProgramComplaint.self) { try ledger.take(.outcome(id: 2, .granted(nil))) }
        #expect(throws: ProgramComplaint.self) { try ledger.take(.outcome(id: 0, .granted(nil))) }
        #expect(throws: ProgramComplaint.self) {
            try ledger.take(
                .capacity(memory, CapacityObservation(ready: 1, pending: 0, allocatable: nil)))
        }
        #expect(ready(ledger) == [0, 4, nil])
    }

    @Test func usersAreFoundByNameOrNumber() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nbroken\nhead:x:990:991::/:/bin/false\n"
        func found(_ wish: String) -> [UInt32]? {
            SystemUser(wish, passwd: passwd).map { [$0.uid, $0.gid] }
        }
        #expect(found("head") == [990, 991])
        #expect(found("990") == [990, 991])
        #expect(found("65534") == [65534, 65534])
        #expect(found("nobody") == nil && found("-1") == nil && found("4294967295") == nil)
    }
}

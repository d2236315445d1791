import Aggregates
import Capacity
import Testing

@testable import KubernetesCapacity

/// What a view of the chunks answers to a request for 5 cores beside a demand of 2, in chunks of one.
@Suite struct CapacityOutcomeTests {
    let size = ChunkSize(cpuMilli: 1_000, memoryBytes: 1 << 30)
    let request = CapacityRequest.of(.cpu, 5, demand: 2)

    func outcome(_ provided: Int?, _ progress: ChunkView.Progress, ceiling: Int? = nil)
        -> CapacityOutcome?
    {
        ChunkView(provided: provided, progress: progress)
            .outcome(request, need: 3, of: size, ceiling: ceiling)
    }

    @Test func enoughIsGrantedWhateverElseIsAwaited() {
        #expect(outcome(3, .reached) == .granted(amount: 5))
        #expect(outcome(4, .waiting("more")) == .granted(amount: 5))
        #expect(outcome(3, .limited("quota")) == .granted(amount: 5))
    }

    @Test func waitingIsNoAnswer() {
        #expect(outcome(nil, .waiting("a node")) == nil)
        #expect(outcome(2, .waiting("a node")) == nil)
    }

    @Test func aLimitIsAPartOfWhatWasAsked() {
        #expect(outcome(2, .limited("quota")) == .partial(amount: 4, reason: "quota"))
        #expect(outcome(0, .limited("quota")) == .denied(reason: "quota"))
    }

    @Test func theCeilingIsNamed() {
        #expect(
            outcome(2, .reached, ceiling: 2)
                == .partial(amount: 4, reason: "2 chunks are the most (--max-chunks)")
        )
    }

    @Test func aRefusalIsDenied() {
        #expect(outcome(0, .refused("no")) == .denied(reason: "no"))
    }

    @Test func theDeadlineAnswersWithWhatThereIs() {
        let waiting = ChunkView(provided: 1, progress: .waiting("0/4 nodes"))
        #expect(
            waiting.late(request, of: size, after: .seconds(9))
                == .partial(amount: 3, reason: "not there after 9.0 seconds: 0/4 nodes")
        )
        let unknown = ChunkView(provided: nil, progress: .waiting("no autoscaler"))
        #expect(
            unknown.late(request, of: size, after: .seconds(9))
                == .denied(reason: "not there after 9.0 seconds: no autoscaler")
        )
    }
}

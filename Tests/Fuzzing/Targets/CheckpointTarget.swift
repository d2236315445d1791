import Aggregates
import Planner

@testable import Agent
@testable import Forecast

extension FuzzTarget {
    /// Checkpoints. What is written is read back bit for bit and goes on as it would have; what was damaged is refused,
    /// and whatever is not refused can be used.
    ///
    /// The first byte says what the rest is, since a right checksum is not met by chance.
    static let checkpoint = FuzzTarget(name: "checkpoint", largest: 4096) { bytes in
        var input = FuzzInput(bytes)
        switch input.byte() % 5 {
        case 0: try readFile(Array(input.rest))
        case 1: try readFile(wrapped(input.rest))
        case 2: try useState(patched(Learned.state, &input))
        case 3: try restorePlanner(&input)
        default: try writeAndRead(&input)
        }
    }

    private static func readFile(_ bytes: [UInt8]) throws {
        let checkpoint: Checkpoint
        do throws(CheckpointError) {
            checkpoint = try Checkpoint(decoding: bytes)
        } catch {
            return
        }
        try demand(checkpoint.encoded() == bytes, "a checkpoint is written otherwise than it was read")
        for (index, key) in checkpoint.keys.enumerated() {
            try useState(Array(checkpoint.state(at: index)), key: key)
            if let plan = LearnedPlan(key: key, encoded: checkpoint.state(at: index)) {
                try demand(plan.encoded == Array(checkpoint.state(at: index)), "a plan is written otherwise than it was read")
            }
        }
    }

    /// With head and checksum, so that the rest is looked at: a count of series, then these.
    private static func wrapped(_ body: ArraySlice<UInt8>) -> [UInt8] {
        var bytes = Array(Checkpoint().encoded().prefix(8))
        bytes.appendLittleEndian(UInt64(20 + body.count))
        bytes += body
        var checksum = Checksum32()
        checksum.add(bytes[...])
        bytes.appendLittleEndian(checksum.value)
        return bytes
    }

    /// What was learned with up to eight places overwritten.
    private static func patched(_ state: [UInt8], _ input: inout FuzzInput) -> [UInt8] {
        var state = state
        for _ in 0..<8 where !input.isEmpty {
            let place = Int(input.number(UInt16.self)) % state.count
            for (offset, byte) in input.bytes(1 + Int(input.byte() % 8)).enumerated() where place + offset < state.count {
                state[place + offset] = byte
            }
        }
        return state
    }

    /// A state is refused, or is what it was and can be learned with and asked.
    private static func useState(_ state: [UInt8], key: String = "cpu 1 /web") throws {
        var checkpoint = Checkpoint()
        checkpoint.add(state, key: key)
        var series: SeriesForecaster
        do throws(CheckpointError) {
            series = try checkpoint.series(at: 0)
        } catch {
            return
        }
        try demand(series.encodedState() == state, "a state is written otherwise than it was read")
        guard let configuration = SeriesForecaster.configuration(ofEncodedState: state[...]) else { return }
        let start = Learned.start + Int64(Learned.samples) * Learned.step
        for index in 0..<70 {
            series.observe(
                Observation(timeNanoseconds: start + Int64(index) * Learned.step, value: Double(index % 9) / 4))
        }
        for horizon in configuration.horizonsNanoseconds.indices.prefix(4) {
            for quantile in configuration.quantiles.indices.prefix(8) {
                let forecast = series.forecast(horizon: horizon, quantile: quantile) ?? 0
                try demand(forecast >= 0 && forecast.isFinite, "a forecast of \(forecast) from a state that was taken")
            }
        }
    }

    /// A planner takes all of what another learned, or nothing.
    private static func restorePlanner(_ input: inout FuzzInput) throws {
        var words = Learned.plan
        for _ in 0..<8 where !input.isEmpty {
            let place = Int(input.byte()) % (words.count + 1)
            let word = input.number(UInt64.self)
            if place < words.count { words[place] = word } else { words.append(word) }
        }
        var planner = Learned.planner
        let before = planner.learned
        if planner.restore(words) {
            // Words that mean the same are written one way, and then stay as they are.
            let written = planner.learned
            var another = Learned.planner
            try demand(another.restore(written), "a planner refuses what one that took it has written")
            try demand(another.learned == written, "a planner's words are written otherwise than they were read")
        } else {
            try demand(planner.learned == before, "a planner took part of what it refused")
        }
        _ = planner.plan(
            PoolDemand(timeNanoseconds: 1_000_000_000_000, demand: 2, quantileForecast: 5, ladder: Learned.ladder, ready: 1, pending: 0))
    }

    /// Any samples, at any times; then the checkpoint of what was learned, and that with one bit turned.
    private static func writeAndRead(_ input: inout FuzzInput) throws {
        let flip = Int(input.number(UInt16.self))
        var series = SeriesForecaster(configuration: Learned.configuration)
        var time = Int64(input.number(UInt32.self)) << 30
        while !input.isEmpty {
            time &+= Int64(input.number(UInt16.self)) << Int64(input.byte() % 48)
            let value = Double(bitPattern: input.number(UInt64.self))
            series.observe(
                Observation(timeNanoseconds: time, value: value, coverage: Double(input.byte()) / 255))
        }
        var checkpoint = Checkpoint()
        checkpoint.add(series, key: "cpu 1 /web")
        var bytes = checkpoint.encoded()
        let read: SeriesForecaster
        do throws(CheckpointError) {
            read = try Checkpoint(decoding: bytes).series(at: 0, configuration: Learned.configuration)
        } catch {
            throw Finding(description: "what was written is refused: \(error)")
        }
        try demand(read.encodedState() == series.encodedState(), "a forecaster is read otherwise than it was written")
        bytes[flip % bytes.count] ^= 1 << UInt8(flip >> 13)
        do throws(CheckpointError) {
            _ = try Checkpoint(decoding: bytes)
        } catch {
            return
        }
        throw Finding(description: "a checkpoint with bit \(flip >> 13) of byte \(flip % bytes.count) turned is taken")
    }
}

/// What a forecaster and a planner learned in a while, the same each time.
private enum Learned {
    static let start: Int64 = 1_700_000_000_000_000_000
    static let step: Int64 = 10_000_000_000
    static let samples = 800
    static let configuration = ForecastConfiguration(
        horizonsNanoseconds: [60_000_000_000, 300_000_000_000], quantiles: ForecastConfiguration.standardQuantiles)

    static let state: [UInt8] = {
        var series = SeriesForecaster(configuration: configuration)
        for index in 0..<samples {
            series.observe(
                Observation(
                    timeNanoseconds: start + Int64(index) * step, value: 1 + Double(index * 7_919 % 101) / 50))
        }
        return series.encodedState()
    }()

    static let ladder: ForecastLadder = {
        var ladder = ForecastLadder()
        for (level, value) in [(0.5, 3.0), (0.9, 4.6), (0.95, 4.8), (0.99, 5.0)] { ladder.append(level: level, value: value) }
        return ladder
    }()

    static let planner = ResourcePlanner(
        resource: .cpu,
        configuration: ResourcePlanConfiguration(costRatio: 19, leadTimeNanoseconds: 60_000_000_000, chunk: 0.25))

    static let plan: [UInt64] = {
        var planner = Self.planner
        for second in 1..<2_000 as Range<Int64> {
            let demand = 1 + Double(second * 7_919 % 101) / 50
            planner.feedback(
                PlanExecution(
                    timeNanoseconds: second * 1_000_000_000, durationNanoseconds: 1_000_000_000, demand: demand,
                    available: 4))
            _ = planner.plan(
                PoolDemand(
                    timeNanoseconds: second * 1_000_000_000, demand: demand, quantileForecast: 5,
                    ladder: Learned.ladder, ready: 4, pending: 0))
        }
        return planner.learned
    }()
}

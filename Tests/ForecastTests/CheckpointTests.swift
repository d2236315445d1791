import Forecast
import Testing

@Suite struct CheckpointTests {
    private static let configuration = ForecastConfiguration(
        horizonsNanoseconds: [60 * Scenario.second, 300 * Scenario.second],
        quantiles: ForecastConfiguration.standardQuantiles
    )
    private static let values = Scenario.values(count: 1_600, seed: 12)

    /// Stopped and restored at any point, in the start-up, before the first label and with the
    /// hour's season awake: all that follows is the same, to the bit.
    @Test(arguments: [0, 1, 5, 40, 700, 1_200])
    func aRestoredForecasterContinuesBitForBit(stop: Int) throws {
        var whole = SeriesForecaster(configuration: Self.configuration)
        for index in 0..<stop { observe(&whole, index) }
        var checkpoint = Checkpoint()
        checkpoint.add(whole, key: "/web.service cpu")
        let bytes = checkpoint.encoded()
        let read = try Checkpoint(decoding: bytes)
        #expect(read.keys == ["/web.service cpu"])
        var restored = try read.series(at: 0, configuration: Self.configuration)
        #expect(restored.rejected == whole.rejected)
        for index in stop..<min(stop + 400, Self.values.count) {
            observe(&whole, index)
            observe(&restored, index)
            for horizon in 0..<2 {
                for quantile in 0..<4 {
                    #expect(
                        restored.forecast(horizon: horizon, quantile: quantile)
                            == whole.forecast(horizon: horizon, quantile: quantile)
                    )
                    #expect(
                        restored.calibration(horizon: horizon, quantile: quantile)
                            == whole.calibration(horizon: horizon, quantile: quantile)
                    )
                }
            }
        }
    }

    @Test func equalStatesAreEqualBytes() {
        #expect(Self.bytes() == Self.bytes())
    }

    @Test func manySeriesKeepTheirNamesAndOrder() throws {
        var checkpoint = Checkpoint()
        for index in 0..<50 {
            var series = SeriesForecaster(configuration: Self.configuration)
            series.observe(
                Observation(timeNanoseconds: Scenario.start, value: Double(index + 1))
            )
            checkpoint.add(series, key: "séries \(index)")
        }
        let read = try Checkpoint(decoding: checkpoint.encoded())
        #expect(read.keys == (0..<50).map { "séries \($0)" })
        for index in 0..<50 {
            let series = try read.series(at: index, configuration: Self.configuration)
            #expect(try #require(series.forecast(horizon: 0, quantile: 0)) >= Double(index + 1))
        }
    }

    @Test func everyCutAndEveryFlippedBitIsRefused() {
        let bytes = Self.bytes()
        for count in stride(from: 0, to: bytes.count, by: 13) {
            #expect(throws: CheckpointError.self) {
                _ = try Checkpoint(decoding: Array(bytes[..<count]))
            }
        }
        for bit in stride(from: 0, to: 8 * bytes.count, by: 41) {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: CheckpointError.self) { _ = try Checkpoint(decoding: damaged) }
        }
        #expect(throws: CheckpointError.self) { _ = try Checkpoint(decoding: bytes + [0]) }
    }

    @Test func theReasonIsNamed() {
        var foreign = Self.bytes()
        foreign[0] = 0x50
        #expect(throws: CheckpointError.foreign) { _ = try Checkpoint(decoding: foreign) }
        #expect(throws: CheckpointError.foreign) { _ = try Checkpoint(decoding: []) }
        var other = Self.bytes()
        other[4] ^= 1
        let error = #expect(throws: CheckpointError.self) { _ = try Checkpoint(decoding: other) }
        #expect(error?.description.contains("written by another version") == true)
    }

    @Test func otherLeadsOrQuantilesAreRefused() throws {
        let read = try Checkpoint(decoding: Self.bytes())
        for (leads, quantiles) in [
            ([60, 900], [0.5, 0.9, 0.95, 0.99]), ([60], [0.5, 0.9, 0.95, 0.99]),
            ([60, 300], [0.5, 0.9, 0.95, 0.98]), ([60, 300], [0.9]),
        ] as [([Int64], [Double])] {
            let configuration = ForecastConfiguration(
                horizonsNanoseconds: leads.map { $0 * Scenario.second },
                quantiles: quantiles
            )
            #expect(throws: CheckpointError.otherConfiguration(key: "a")) {
                _ = try read.series(at: 0, configuration: configuration)
            }
        }
    }

    /// A checksum proves nothing about who wrote a file: states with random bytes and a right
    /// checksum are refused, or run without a trap and say finite numbers.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func aForgedStateNeverTrapsAndNeverSpreads(seed: UInt64) throws {
        var random = Randomness(seed: seed)
        var bytes = Self.bytes()
        for _ in 0..<(seed % 2 == 0 ? 1 : 12) {
            // Behind the header, the key, the lead times and the quantiles.
            let at = 80 + Int(random.uniform() * Double(bytes.count - 84))
            bytes[at] = UInt8(random.uniform() * 256)
        }
        var checksum = Checksum32()
        checksum.add(bytes[..<(bytes.count - 4)])
        for index in 0..<4 {
            let shift = UInt32(8 * index)
            bytes[bytes.count - 4 + index] = UInt8(truncatingIfNeeded: checksum.value >> shift)
        }
        let read = try Checkpoint(decoding: bytes)
        guard var forged = try? read.series(at: 0, configuration: Self.configuration) else {
            return
        }
        for index in 700..<1_100 {
            observe(&forged, index)
            for quantile in 0..<4 {
                let said = try #require(forged.forecast(horizon: 1, quantile: quantile))
                #expect(said.isFinite && said >= 0)
            }
        }
    }

    private static func bytes() -> [UInt8] {
        var series = SeriesForecaster(configuration: configuration)
        for index in 0..<700 { observe(&series, index) }
        var checkpoint = Checkpoint()
        checkpoint.add(series, key: "a")
        return checkpoint.encoded()
    }

    /// Found by fuzzing: times under 256 ns apart are the same `Double`, and a jump of 1e15 within
    /// microseconds is a slope that no `Float` holds over the lead.
    @Test(arguments: [1, 30, 255, 7_680, 1_000_000] as [Int64])
    func samplesThatLieCloseTogetherLeaveNothingThatIsRefused(apart: Int64) throws {
        var series = SeriesForecaster(configuration: Self.configuration)
        var time = Scenario.start
        for value in [1, 1e15, 1e15, 0, 1e15, 1e-300, 3, 0] as [Double] {
            for _ in 0..<20 {
                series.observe(Observation(timeNanoseconds: time, value: value))
                time += apart
                for horizon in 0..<2 {
                    let forecast = try #require(series.forecast(horizon: horizon, quantile: 3))
                    #expect(forecast.isFinite && forecast >= 0)
                }
            }
        }
        var checkpoint = Checkpoint()
        checkpoint.add(series, key: "/a cpu")
        let read = try Checkpoint(decoding: checkpoint.encoded()).series(at: 0, configuration: Self.configuration)
        #expect(read.forecast(horizon: 0, quantile: 0) == series.forecast(horizon: 0, quantile: 0))
    }

    /// Found by fuzzing: what was learned of samples over three centuries apart was refused at the next start.
    @Test(arguments: [[.min, .max], [.min, 0, .max], [.min, .max - 1, .max], [-1, .max]] as [[Int64]])
    func samplesThatLieFarApartLeaveNothingThatIsRefused(times: [Int64]) throws {
        for value in [0, 1, 1e300] as [Double] {
            var series = SeriesForecaster(configuration: Self.configuration)
            for time in times { series.observe(Observation(timeNanoseconds: time, value: value)) }
            var checkpoint = Checkpoint()
            checkpoint.add(series, key: "/a cpu")
            let read = try Checkpoint(decoding: checkpoint.encoded()).series(at: 0, configuration: Self.configuration)
            #expect(read.forecast(horizon: 1, quantile: 3) == series.forecast(horizon: 1, quantile: 3))
        }
    }

    @Test func aKeyThatIsNoTextIsRefused() throws {
        var checkpoint = Checkpoint()
        checkpoint.add([], key: "aa")
        var bytes = checkpoint.encoded()
        let key = try #require(bytes.lastIndex(of: UInt8(ascii: "a")))
        bytes[key] = 0xFF
        var checksum = Checksum32()
        checksum.add(bytes[..<(bytes.count - 4)])
        bytes.removeLast(4)
        bytes.appendLittleEndian(checksum.value)
        #expect(throws: CheckpointError.unsound(key: "a\u{FFFD}")) { try Checkpoint(decoding: bytes) }
    }

    private func observe(_ series: inout SeriesForecaster, _ index: Int) {
        Self.observe(&series, index)
    }

    private static func observe(_ series: inout SeriesForecaster, _ index: Int) {
        series.observe(
            Observation(
                timeNanoseconds: Scenario.start + Int64(index) * 10 * Scenario.second,
                value: index % 97 == 0 ? -1 : values[index]
            )
        )
    }
}

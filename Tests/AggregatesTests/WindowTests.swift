import Aggregates
import HeadroomABI
import Testing

/// Rates and means of one window.
@Suite struct WindowTests {
    /// Two seconds long.
    private static let window: Window = {
        var window = Window()
        window.start_ns = 1_000_000_000
        window.end_ns = 3_000_000_000
        window.cpu_ns = 5_000_000_000
        window.delay_ns = 1_000_000_000
        window.delay_count = 1_000
        window.memory_bytes = 1 << 20
        window.net_rx_bytes = 300
        window.net_rx_packets = 30
        window.net_tx_bytes = 500
        window.net_tx_packets = 50
        window.disk_read_bytes = 8_192
        window.disk_read_ops = 2
        window.disk_read_latency_ns = 9_000
        window.disk_write_bytes = 4_096
        window.disk_write_ops = 4
        window.disk_write_latency_ns = 1_000
        return window
    }()

    @Test(arguments: [
        (Resource.cpu, 2.5), (.memory, 1_048_576), (.networkReceive, 150),
        (.networkTransmit, 250), (.diskRead, 4_096), (.diskWrite, 2_048), (.requests, 0),
    ])
    func valueIsInTheResourcesUnit(resource: Resource, value: Double) {
        #expect(Self.window.value(resource) == value)
    }

    @Test func otherRatesAndMeansFollow() {
        let window = Self.window
        #expect(window.delayRatio == 0.5)
        #expect(window.meanDelayNanoseconds == 1_000_000)
        #expect(window.networkReceivePacketsPerSecond == 15)
        #expect(window.networkTransmitPacketsPerSecond == 25)
        #expect(window.diskReadOperationsPerSecond == 1)
        #expect(window.diskWriteOperationsPerSecond == 2)
        #expect(window.diskReadLatencyNanoseconds == 4_500)
        #expect(window.diskWriteLatencyNanoseconds == 250)
    }

    @Test func emptyWindowHasFiniteFigures() {
        let window = Window()
        #expect(window.elapsedNanoseconds == 1)
        for resource in Resource.allCases { #expect(window.value(resource) == 0) }
        #expect(window.meanDelayNanoseconds == 0)
        #expect(window.diskReadLatencyNanoseconds == 0)
        #expect(window.diskWriteLatencyNanoseconds == 0)
    }

    @Test func clockThatWentBackGivesTheShortestWindowInsteadOfATrap() {
        var window = Window()
        window.start_ns = 10
        window.end_ns = 5
        #expect(window.elapsedNanoseconds == 1)
    }

    @Test(arguments: [
        (HR_SAMPLE_MEMORY_MEMCG.rawValue, MemorySource.memcg),
        (HR_SAMPLE_MEMORY_RSS.rawValue, .rss),
        (HR_SAMPLE_ROOT.rawValue, .none), (0, .none),
    ])
    func memorySourceFollowsTheFlags(flags: UInt32, source: MemorySource) {
        var window = Window()
        window.flags = flags
        #expect(window.memorySource == source)
    }

    @Test func resourcesAreNamedOnceAndFoundByName() {
        #expect(Set(Resource.allCases.map(\.name)).count == Resource.allCases.count)
        #expect(Set(Resource.allCases.map(\.fieldName)).count == Resource.allCases.count)
        for resource in Resource.allCases { #expect(Resource(name: resource.name) == resource) }
        #expect(Resource(name: "CPU") == nil)
        #expect(Resource.measured.map { Int($0.rawValue) } == Array(0..<Int(HR_TABLE_RESOURCES)))
    }

    @Test func forecastCellsKeepEachFigureInItsOwnPlaceAndDropWhatDoesNotFit() {
        var cells = ForecastCells()
        for resource in Resource.measured {
            for horizon in 0..<Int(HR_TABLE_HORIZONS) {
                for quantile in 0..<Int(HR_TABLE_QUANTILES) {
                    #expect(cells[resource, horizon, quantile].isNaN)
                    cells[resource, horizon, quantile] = Self.mark(resource, horizon, quantile)
                }
            }
        }
        cells[.requests, 0, 0] = 1
        cells[.cpu, Int(HR_TABLE_HORIZONS), 0] = 1
        cells[.cpu, 0, Int(HR_TABLE_QUANTILES)] = 1
        for resource in Resource.measured {
            for horizon in 0..<Int(HR_TABLE_HORIZONS) {
                for quantile in 0..<Int(HR_TABLE_QUANTILES) {
                    let kept = cells[resource, horizon, quantile]
                    #expect(kept == Self.mark(resource, horizon, quantile))
                }
            }
        }
        #expect(cells[.requests, 0, 0].isNaN)
        #expect(cells[.cpu, Int(HR_TABLE_HORIZONS), 0].isNaN)
    }

    private static func mark(_ resource: Resource, _ horizon: Int, _ quantile: Int) -> Double {
        Double(Int(resource.rawValue) * 100 + horizon * 10 + quantile)
    }
}

import Aggregates

@testable import History

/// A history's minutes as an agent writes them: three minutes of three cgroups, of the node's plan and a pool's, with forecasts.
enum HistoryBytes {
    typealias Frame = (kind: FrameKind, payload: [UInt8])
    static let start: UInt64 = 1_795_000_020_000_000_000
    private static let minute: UInt64 = 60_000_000_000

    static let frames: [Frame] = {
        var builder = ByteBuilder()
        var header = HistoryHeader()
        header.hostname = "node"
        header.version = "1"
        header.intervalNanoseconds = 1_000_000_000
        header.cores = 4
        header.memoryBytes = 8e9
        header.horizonsNanoseconds = [60_000_000_000, 300_000_000_000]
        header.quantiles = [0.5, 0.9, 0.95, 0.99]
        HistoryNames.encode(header, to: &builder)
        let paths = ["/", "/shop.slice/web.service", "/shop.slice/db.service"]
        let plans = [("node", Resource.cpu), ("shop", .memory)].map {
            HistoryPlan(pool: $0, resource: $1, fraction: 0.95, leadNanoseconds: 60_000_000_000)
        }
        for (number, plan) in plans.enumerated() { HistoryNames.encode(number, plan, to: &builder) }
        var rows = MinuteRows()
        for number in 1...3 as ClosedRange<UInt64> {
            let time = start + number * minute
            for (index, path) in paths.enumerated() {
                var one = HistoryMinute()
                for resource in 0..<6 {
                    one.means[resource] = Double(number) + Double(index)
                    one.peaks[resource] = 2 * one.means[resource]
                    one.forecasts[resource] = [1, 2, 3, 4]
                }
                one.longForecasts[0] = 5
                one.delayNanoseconds = 1_000_000
                one.throttledNanoseconds = 1_000_000
                let name = HistoryCgroup(cgroupID: UInt64(index), path: path, application: nil, isLeaf: index > 0)
                rows.add(index, name, one, to: &builder)
            }
            rows.end(timeNanoseconds: time, nanoseconds: minute, to: &builder)
            for plan in plans.indices {
                var one = HistoryPlanMinute()
                one.last = HistoryPlanFigures(demand: 1, forecast: 2, target: 3, ready: 3, pending: 1)
                one.meanDemand = 1
                one.peakDemand = 2
                one.held = 60
                one.short = 1
                one.shortSeconds = 2
                one.seconds = 60
                one.allocatable = 4
                one.coverage = 0.9
                one.ladder = .init(horizonNanoseconds: 60_000_000_000, values: [1, 2, 3, nil])
                builder.frame(.planMinute) { frame in
                    frame.append(time)
                    frame.append(UInt64(plan))
                    one.encode(to: &frame)
                }
            }
            builder.frame(.agentMinute) { frame in
                frame.append(time)
                frame.append(Float(0.01))
                frame.append(Float(1_000))
                frame.append(20_000_000 as UInt64)
                frame.append(3 as UInt64)
                frame.append(60 as UInt64)
            }
            for line in lines {
                builder.frame(.line) { frame in
                    frame.append(time)
                    frame.append(raw: Array(line.utf8))
                }
            }
        }
        var cursor = FrameCursor(builder.bytes, from: 0)
        var frames: [Frame] = []
        while case (let kind, var payload)? = cursor.next() { frames.append((kind, Array(payload.rest()))) }
        return frames
    }()

    private static let lines = [
        #"{"type":"request","id":1,"pool":"shop","resource":"cpu","amount":2,"change":1,"outcome":"refused","reasons":["full"]}"#,
        #"{"type":"event","event":"cgroups_left_out","count":3}"#,
        #"{"type":"event","event":"oom_kill","cgroup":"/a"}"#,
        #"{"type":"loss","cause":"ring_full","total":7,"meaning":"samples"}"#,
    ]

    /// The file of these frames, with checksums that are right.
    static func file(_ frames: [Frame]) -> [UInt8] {
        var builder = ByteBuilder()
        builder.append(raw: HistoryFile.magic)
        for frame in frames { builder.frame(frame.kind) { $0.append(raw: frame.payload) } }
        return builder.bytes
    }
}

import Aggregates
import Foundation
import HeadroomABI
import NodeView
import Terminal
import Testing

/// Moments from a real table file: the present, and the windows that the table keeps.
@Suite struct TableSourceTests {
    @Test func theLatestMomentIsWhatTheTableSays() throws {
        let node = try SyntheticNode()
        node.add("/web")
        node.add("/web/worker")
        node.tick()
        node.forecast = { _, horizon, quantile in Double(horizon * 10 + quantile) }
        node.use("/web/worker", cpu: 0.25, memory: 4096) {
            $0.delay_ns += 50_000_000
            $0.net_rx_bytes += 1000
        }
        node.tell("/web/worker") {
            $0.parts = HR_PART_THROTTLE.rawValue
            $0.periods = 10
        }
        node.tick()
        let source = try TableSource(directory: node.directory)
        let moment = try source.latest()
        #expect(moment.time == node.unixNow)
        #expect(Set(moment.rows.map(\.name.path)) == ["/", "/web", "/web/worker"])
        let worker = try #require(moment.row("/web/worker"))
        let web = try #require(moment.row("/web"))
        #expect(worker.figures[.cpu] == 0.25 && web.figures[.cpu] == 0.25)
        #expect(worker.figures[.memory] == 4096)
        #expect(worker.figures[.delay] == 0.05)
        #expect(web.figures[.networkReceive] == 1000, "the tree is added up")
        #expect(worker.figures[.throttled] == 0, "known, and not stopped")
        #expect(web.figures[.throttled].isNaN && web.figures[.pressureIO].isNaN, "not known is not 0")
        #expect(worker.figures[.forecastCPU] == 12, "longest lead, 0.95")
        #expect(worker.buffer(.cpu) == 11.75)
        #expect(worker.buffer(.memory).isNaN)
        #expect(moment.rows[Int(worker.parent)].name.path == "/web")
        #expect(moment.rows[Int(web.parent)].name.path == "/")
        let forecasts = try #require(moment.details.forecasts(of: worker.id))
        #expect(forecasts[.cpu, 1, 3] == 13 && forecasts.madeNanoseconds == nil)
        #expect(forecasts[.memory, 1, 3] == nil)
        #expect(forecasts[.cpu, 3, 0] == nil)
        #expect(moment.details.detail(of: worker.id) != nil)
    }

    /// Of a past window the column's forecast is there, as it was then, and no other.
    @Test func aWindowBackHasItsOwnForecast() throws {
        let node = try SyntheticNode()
        node.add("/a")
        node.tick()
        for value in [3.0, 5] {
            node.forecast = { _, horizon, quantile in value + Double(10 * horizon + quantile) }
            node.use("/a", cpu: 0.1)
            node.tick()
        }
        let source = try TableSource(directory: node.directory)
        let past = try #require(try source.moment(atOrBefore: node.unixNow - 1))
        let row = try #require(past.row("/a"))
        let forecasts = try #require(past.details.forecasts(of: row.id))
        #expect(((forecasts[.cpu, 1, 2] ?? 0) - 15).magnitude < 0.05 && forecasts[.cpu, 1, 3] == nil && forecasts[.cpu, 0, 2] == nil)
        #expect(past.details.detail(of: row.id) == nil)
    }

    @Test func aWindowBackIsThatWindow() throws {
        let node = try SyntheticNode()
        node.add("/a")
        node.tick()
        var truth: [UInt64: Double] = [:]
        for round in 1...100 {
            node.use("/a", cpu: Double(round) / 128)
            node.tick()
            truth[node.unixNow] = Double(round) / 128
        }
        let source = try TableSource(directory: node.directory)
        var moment = try source.latest()
        #expect(moment.row("/a")?.figures[.cpu] == Float(100.0 / 128))
        var seen = 1
        while let earlier = try source.moment(atOrBefore: moment.time - 1) {
            moment = earlier
            seen += 1
            let used = try #require(moment.row("/a")?.figures[.cpu])
            #expect(used == Float(try #require(truth[moment.time])), "\(seen) windows back")
            let history = moment.details.history(.cpu, of: try #require(moment.row("/a")).id)
            #expect(history.last == used && history.count == 61 - seen)
            #expect(moment.details.detail(of: try #require(moment.row("/a")).id) == nil)
        }
        #expect(seen == 60, "the table keeps that many")
        #expect(try source.moment(after: moment.time)?.time == moment.time + 1_000_000_000)
        #expect(try source.moment(after: node.unixNow) == nil)
        #expect(try source.moment(atOrBefore: moment.time + 500_000_000)?.time == moment.time)
    }

    /// What is held does not change, however long it is looked at.
    @Test func whatIsHeldStays() throws {
        let node = try SyntheticNode()
        node.add("/a")
        node.tick()
        node.use("/a", cpu: 0.5)
        node.tick()
        let source = try TableSource(directory: node.directory)
        try source.hold()
        let then = node.unixNow
        for _ in 0..<70 {
            node.use("/a", cpu: 0.125)
            node.tick()
        }
        let held = try #require(try source.moment(atOrBefore: .max))
        #expect(held.time == then)
        #expect(held.row("/a")?.figures[.cpu] == 0.5)
        #expect(try source.latest().row("/a")?.figures[.cpu] == 0.125, "the present goes on")
        source.release()
        #expect(try source.moment(atOrBefore: then) == nil, "long gone from the table")
        #expect(try source.moment(atOrBefore: .max)?.time == node.unixNow)
    }

    /// Found by fuzzing: `top` hung when it was paused between an agent's windows and the end of their tick.
    @Test(arguments: [0, 500_000_000, 3_000_000_000] as [UInt64])
    func aTickThatIsToldLaterThanItsWindowsIsWalkedThrough(behind: UInt64) throws {
        let node = try SyntheticNode()
        node.add("/a")
        for _ in 0..<5 { node.tick() }
        let end = node.unixNow
        node.header { $0.last_tick_ns = end - behind }
        let source = try TableSource(directory: node.directory)
        var times: [UInt64] = []
        while let moment = try source.moment(after: times.last ?? 0), times.count < 100 { times.append(moment.time) }
        #expect(times == (0..<6).map { end - 5_000_000_000 + $0 * 1_000_000_000 }, "the node's first tick and five more")
        let model = TopModel(source: source)
        try model.refresh()
        #expect(model.handle(.character("p")), "pausing comes to an end")
    }

    @Test func aTickWithoutAWindowIsAGapNotTheWindowBefore() throws {
        let node = try SyntheticNode()
        node.add("/a")
        node.tick()
        node.use("/a", cpu: 0.5)
        node.tick()
        let at = node.unixNow
        node.add("/late")
        node.tick()
        node.use("/late", cpu: 0.25)
        node.tick()
        let source = try TableSource(directory: node.directory)
        let past = try #require(try source.moment(atOrBefore: at))
        #expect(past.row("/late") == nil, "it was not there")
        #expect(past.row("/a")?.figures[.cpu] == 0.5)
        let late = try #require(try source.latest().row("/late"))
        #expect(try source.latest().details.history(.cpu, of: late.id) == [0.25])
    }

    @Test func podsAreNamed() throws {
        let node = try SyntheticNode()
        let container = String(repeating: "ab", count: 32)
        let path = "/kubepods/burstable/pod11112222-3333-4444-5555-666677778888/\(container)"
        for part in ["/kubepods", "/kubepods/burstable", String(path.dropLast(65)), path] { node.add(part) }
        node.tick()
        let pods = [
            Pod(
                uid: "11112222-3333-4444-5555-666677778888", namespace: "shop", name: "web-0",
                application: "shop/StatefulSet/web", containers: [container: "nginx"])
        ]
        var news: [Pod]? = nil
        let source = try TableSource(directory: node.directory) {
            defer { news = nil }
            return news
        }
        #expect(try source.latest().row(path)?.name.display == "pod 11112222 container abababababab")
        news = pods
        let name = try #require(try source.latest().row(path)?.name)
        #expect(name.display == "shop/web-0/nginx")
        for text in ["shop/web", "nginx", "statefulset", "abababababab", "kubepods", "3333-4444"] {
            #expect(name.contains(Array(text.utf8)), "\(text)")
        }
        #expect(!name.contains(Array("mysql".utf8)))
    }
}

@Suite struct LayeredSourceTests {
    @Test func theOlderOneIsAskedForWhatTheRecentOneDoesNotKeep() throws {
        // Two agents one after the other: the first's table is the history of the second's.
        let first = try SyntheticNode()
        for _ in 0..<3 { first.tick() }
        let second = try SyntheticNode(startingAt: 2000)
        for _ in 0..<3 { second.tick() }
        let old = try TableSource(directory: first.directory)
        let new = try TableSource(directory: second.directory)
        let layered = LayeredSource(new, over: old)
        #expect(try layered.latest().time == second.unixNow)
        #expect(try layered.moment(atOrBefore: first.unixNow)?.time == first.unixNow)
        var times: [UInt64] = []
        var at: UInt64 = 0
        while let next = try layered.moment(after: at) {
            times.append(next.time)
            at = next.time
        }
        #expect(times == times.sorted() && Set(times).count == times.count)
        #expect(times.first! <= first.unixNow - 2_000_000_000)
        #expect(times.contains(first.unixNow) && times.last == second.unixNow)
    }
}

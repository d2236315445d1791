internal import Aggregates
internal import Glibc
internal import HeadroomABI
internal import Probes

/// What is told under which path. The server's thread alone.
final class Responder {
    private var table: TableReader
    private let board: Board
    private let version: String
    /// Asked for over TCP.
    private let token: BearerToken?
    /// Cgroups in a JSON answer at most.
    private let limit: SeriesLimit
    /// Metrics change once a tick; so they are written once a tick, however many ask.
    private var pages: [MetricPage.Format: (tick: UInt64, bytes: PageBuffer)] = [:]
    /// CLOCK_MONOTONIC nanoseconds at which `pages` go.
    private var pagesEnd: Int64 = 0
    /// The server's, which it tells of.
    private let tally: ServerTally

    init(
        table: consuming TableReader, board: Board, version: String, limit: SeriesLimit, token: BearerToken? = nil,
        tally: ServerTally = ServerTally()
    ) {
        self.table = table
        self.board = board
        self.version = version
        self.limit = limit
        self.token = token
        self.tally = tally
    }

    /// Nobody is being answered: gives memory back, once it is of no more use.
    func rest(_ now: Int64) -> Int64? {
        if pages.isEmpty { return nil }
        if now < pagesEnd { return pagesEnd }
        pages = [:]
        return nil
    }

    func answer(_ request: HTTPRequest, isTCP: Bool) -> HTTPResponse {
        if isTCP, !HostCheck.isLoopback(request.host) {
            return HTTPResponse(
                HTTPRefusal(.misdirected, "the Host is not this one: ask for localhost")
            )
        }
        if isTCP, let token, !token.isIn(request.authorization) {
            return HTTPResponse(
                HTTPRefusal(.unauthorized, "this asks for the token: Authorization: Bearer TOKEN")
            )
        }
        guard let header = table.header() else {
            return HTTPResponse(.unavailable, text: "the agent's table stays half written")
        }
        switch request.path {
        case "/": return HTTPResponse(.ok, text: Self.index)
        case "/metrics": return metrics(Accept.format(request.accept), header)
        case "/healthz": return health(header).response
        case "/readyz": return readiness(header).response
        case "/v1/windows": return json { windows(request.field("cgroup"), header, &$0) }
        case "/v1/forecasts": return json { forecasts(request.field("cgroup"), header, &$0) }
        case "/v1/plan":
            let journal = board.read().journal
            return json { page in
                for resource in Resource.measured { page.append(journal.plans[resource]?.line) }
                for (_, plan) in journal.otherPlans.sorted(by: {
                    ($0.key.name, $0.key.resource.rawValue) < ($1.key.name, $1.key.resource.rawValue)
                }) {
                    page.append(plan.line)
                }
                for request in journal.requests.all { page.append(request) }
            }
        case "/v1/events":
            let events = board.read().journal.events.all
            return json { page in for event in events { page.append(event) } }
        default: return HTTPResponse(.notFound, text: Self.index)
        }
    }

    private static let index = """
        /metrics        Prometheus text or OpenMetrics
        /healthz        200 while windows come on time
        /readyz         200 once forecasts have proved themselves
        /v1/windows     last window of each cgroup; ?cgroup=PATH for one and those inside it
        /v1/forecasts   quantiles of each peak; ?cgroup=PATH likewise
        /v1/plan        plans of the last window, last requests
        /v1/events      last events
        """

    // MARK: Metrics

    private func metrics(
        _ format: MetricPage.Format,
        _ header: TableHeader
    ) -> HTTPResponse {
        let bytes: PageBuffer
        if let page = pages[format], page.tick == header.ticks {
            bytes = page.bytes
        } else {
            // Before the next takes as much again.
            pages[format] = nil
            let metrics = Metrics(board.read(), header, &table, version: version, server: tally)
            bytes = metrics.page(format)
            pages[format] = (header.ticks, bytes)
            pagesEnd = MonotonicClock.now() + 2_000_000_000
        }
        var response = HTTPResponse(contentType: format.contentType, body: bytes)
        response.fields = ["Vary: Accept"]
        return response
    }

    // MARK: Health

    private func health(_ header: TableHeader) -> Health {
        Health.alive(header, now: Self.unixTime())
    }

    private func readiness(_ header: TableHeader) -> Health {
        let root = root
        return Health.ready(header, root: root, now: Self.unixTime())
    }

    private var root: hr_table_slot? {
        let node = board.read().node
        guard node.slot >= 0, node.slot < table.slotCount else { return nil }
        return table.slot(node.slot)
    }

    private static func unixTime() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(max(0, time.tv_sec)) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    // MARK: JSON

    private func json(_ body: (inout JSONPage) -> Void) -> HTTPResponse {
        var page = JSONPage()
        body(&page)
        return HTTPResponse(contentType: "application/json", body: page.finished())
    }

    private func windows(
        _ cgroup: String?,
        _ header: TableHeader,
        _ page: inout JSONPage
    ) {
        forEachCgroup(cgroup, header) { page.window($0, $1) }
    }

    private func forecasts(
        _ cgroup: String?,
        _ header: TableHeader,
        _ page: inout JSONPage
    ) {
        let axes = ForecastAxes(header)
        forEachCgroup(cgroup, header) { page.forecasts($0, $1, axes) }
    }

    /// The node and the cgroups with series of their own; or, of all there are, `cgroup` and those
    /// inside it. No more than `limit` of either.
    private func forEachCgroup(
        _ cgroup: String?,
        _ header: TableHeader,
        _ body: (String, hr_table_slot) -> Void
    ) {
        guard let cgroup else {
            let posted = board.read()
            for row in [posted.node] + posted.rows
            where row.slot >= 0 && row.slot < table.slotCount {
                guard let slot = table.slot(row.slot), slot.generation == row.generation,
                    slot.window.end_ns > 0
                else { continue }
                body(row.path, slot)
            }
            return
        }
        var left = limit.value + 1
        for index in 0..<min(Int(header.slots_used), table.slotCount) where left > 0 {
            guard let slot = table.slot(index), slot.window.end_ns > 0 else { continue }
            let path = TableText.read(slot.path)
            guard cgroup == "/" || CgroupPath.lies(path, in: cgroup) else { continue }
            left -= 1
            body(path, slot)
        }
    }
}

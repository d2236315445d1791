import Agent
import Aggregates
import HeadroomABI
import NodeView
import Terminal
import Testing

/// Keys in, frames out, over a real table.
@Suite struct TopModelTests {
    private let node: SyntheticNode
    private let model: TopModel

    init() throws {
        node = try SyntheticNode()
        for path in ["/system.slice", "/system.slice/web.service", "/system.slice/db.service", "/user.slice"] {
            node.add(path)
        }
        node.forecast = { path, _, quantile in path == "/" ? 2 : 0.5 + Double(quantile) / 10 }
        node.tick()
        for round in 0..<20 {
            node.use("/system.slice/web.service", cpu: 0.4, memory: 50 << 20)
            node.use("/system.slice/db.service", cpu: 0.1 + Double(round) / 100, memory: 300 << 20) {
                $0.delay_ns += 30_000_000
                $0.delay_count += 100
                $0.disk_write_bytes += 4 << 20
                $0.disk_write_ops += 8
                $0.disk_write_latency_ns += 16_000_000
            }
            node.tell("/system.slice/db.service") {
                $0.parts =
                    HR_PART_THROTTLE.rawValue | HR_PART_PRESSURE.rawValue | HR_PART_CPU_LIMIT.rawValue
                    | HR_PART_COUNTS.rawValue
                $0.periods += 10
                $0.throttled_periods += 2
                $0.throttled_ns += 50_000_000
                $0.cpu_limit_quota_ns = 50_000_000
                $0.cpu_limit_period_ns = 100_000_000
                $0.pressure_time_ns += 1_000_000_000
                $0.pressure_ns.4 += 250_000_000
                $0.delay_buckets.10 += 100
                $0.delay_max_ns = 900_000
            }
            node.tick()
        }
        let now = node.unixNow
        node.header { header in
            header.plans.0.figures.time_ns = now
            header.plans.0.figures.demand = 0.7
            header.plans.0.figures.ready = 1.5
            header.plans.0.figures.target = 1.5
            header.plans.0.figures.allocatable = 4
            header.plans.0.figures.forecast = 1.2
            header.plans.0.figures.fraction = 0.95
            header.plans.0.figures.coverage = .nan
            header.plans.0.figures.hold_price = .nan
            TableText.write("because p95 says so; nothing to request", to: &header.plans.0.reason)
            header.request_count = 1
            header.requests.0.figures.time_ns = now
            header.requests.0.figures.amount = 1.5
            header.requests.0.figures.change = 0.5
            TableText.write("node", to: &header.requests.0.pool)
            TableText.write("needed soon", to: &header.requests.0.reason)
        }
        model = TopModel(
            source: try TableSource(directory: node.directory),
            pools: [
                PoolDefinition(name: "shop", cgroups: [CgroupPattern("/system.slice/web.service")!])
            ], hostName: "testhost")
        try model.refresh()
    }

    private func screen(_ columns: Int = 80, _ rows: Int = 24) -> [String] {
        let frame = model.frame(columns: columns, rows: rows)
        #expect(frame.rows == rows && frame.columns == columns)
        return (0..<rows).map { frame.text(row: $0) }
    }

    private func text(_ columns: Int = 80, _ rows: Int = 24) -> String {
        screen(columns, rows).joined(separator: "\n")
    }

    private func press(_ keys: Key...) { for key in keys { #expect(model.handle(key)) } }

    private func line(with text: String, _ columns: Int = 80, _ rows: Int = 24) -> String? {
        screen(columns, rows).first { $0.contains(text) }
    }

    @Test func theListShowsNodePlansAndCgroupsBySize() throws {
        let lines = screen()
        #expect(lines[0].hasPrefix("headroom on testhost  up 00:00:2"))
        #expect(lines[2].hasPrefix("cpu"))
        #expect(lines[2].contains("0.70 in use  p95 1.20  ready 1.50 of 4.00"))
        // 20 cells are 4 cores.
        #expect(lines[2].contains("━━━━──┃─············"))
        let cgroups = lines[5..<10].map { $0.prefix(21).trimming() }
        #expect(cgroups == ["/", "/system.slice", "…em.slice/web.service", "…tem.slice/db.service", "/user.slice"])
        let database = try #require(line(with: "db.service"))
        #expect(database.contains("0.29"))
        #expect(database.contains(" 20 "), "a fifth of its periods: \(database)")
        #expect(database.contains("25i"), "stalled on I/O for a quarter: \(database)")
        #expect(lines[23].hasPrefix("q quit"))
    }

    /// Found by fuzzing: a table may have any bits where numbers are.
    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300, -1e300, .leastNonzeroMagnitude])
    func figuresThatAreNoneAreDrawnAsSuch(figure: Double) throws {
        node.forecast = { _, _, quantile in quantile == 1 ? 2 : figure }
        node.use("/system.slice/web.service", cpu: 0.4, memory: 50 << 20)
        node.tick()
        for other in [Double.infinity, .leastNonzeroMagnitude, 1] {
            node.header { header in
                header.quantiles = (figure, other, figure, other, figure, other)
                header.horizons_ns.0 = .max
                header.plans.0.figures.demand = figure
                header.plans.0.figures.ready = other
                header.plans.0.figures.target = figure
                header.plans.0.figures.allocatable = other
                header.plans.0.figures.forecast = figure
                header.plans.0.figures.fraction = figure
                header.plans.0.figures.coverage = other
                header.plans.1 = header.plans.0
                header.requests.0.figures.amount = figure
                header.requests.0.figures.change = other
            }
            try model.refresh()
            for key: Key in [.character("t"), .character("m"), .character("p"), .escape, .down, .enter, .escape] {
                _ = model.handle(key)
                for columns in [80, 100, 200] { #expect(!text(columns, 40).isEmpty) }
            }
        }
    }

    /// At the usual sizes nothing ends in the middle of a word, and plans' bars stand below one another.
    @Test(arguments: [80, 100, 200]) func nothingIsCut(columns: Int) throws {
        node.header { header in
            header.plans.1 = header.plans.0
            header.plans.1.figures.demand = 715 * 1_048_576
            header.plans.1.figures.ready = 3.9 * 1_073_741_824
            header.plans.1.figures.target = 4.9 * 1_073_741_824
            header.plans.1.figures.forecast = 4.8 * 1_073_741_824
            header.plans.1.figures.allocatable = 24 * 1_073_741_824
            header.pool_plan_count = 1
            header.pool_plans.0.plan = header.plans.1
            header.pool_plans.0.resource = UInt32(Resource.memory.rawValue)
            TableText.write("demo", to: &header.pool_plans.0.pool)
        }
        press(.character("["))
        let lines = screen(columns, 24)
        let plans = lines.filter { $0.contains("in use") }
        #expect(plans.count == 3)
        let starts = Set(plans.map { line in line.firstIndex { "━─·┃".contains($0) }.map { line.distance(from: line.startIndex, to: $0) } })
        #expect(starts.count == 1, "\(plans)")
        #expect(plans.filter { $0.contains("target 4.9") }.count == 2 && plans.allSatisfy { !$0.hasSuffix("…") }, "\(plans)")
        #expect(lines[0].contains(/cgroups? +(window 1\.0 s +)?PAUSED, BACK AT/), "\(lines[0])")
        for key: Key in [.character("t"), .character("?")] {
            press(key)
            #expect(screen(columns, 24).allSatisfy { !$0.hasSuffix("…") }, "\(screen(columns, 24))")
        }
        #expect(text(columns, 100).replacing(/\s+/, with: " ").contains("bright where over its forecast"))
    }

    /// A number and its unit are never on two lines.
    @Test func unitsStayWithTheirNumbers() {
        press(.character("m"), .down, .down, .enter)
        for columns in 60...120 {
            for line in screen(columns, 90) {
                #expect(!line.contains(/^ *(%|ms|µs|cores|s)[ ,;.]/), "\(columns): \(line)")
            }
        }
    }

    @Test func allSizesAreDrawn() {
        for (columns, rows) in [(1, 1), (10, 3), (20, 5), (40, 10), (80, 24), (119, 31), (200, 50), (400, 100)] {
            for keys: [Key] in [
                [], [.character("t")], [.enter], [.escape], [.character("P")], [.escape], [.character("?")],
                [.escape], [.character("s")], [.escape], [.character("/")], [.escape],
            ] {
                for key in keys { _ = model.handle(key) }
                _ = text(columns, rows)
            }
        }
    }

    @Test func sortKeysChangeTheOrder() throws {
        func first(_ count: Int) -> [String] {
            screen()[5..<5 + count].map { String($0.prefix(21).trimming()) }
        }
        press(.character("m"))
        #expect(first(4) == ["/", "/system.slice", "…tem.slice/db.service", "…em.slice/web.service"])
        press(.character("r"))
        #expect(first(1) == ["/user.slice"])
        press(.character("r"), .character("s"))
        #expect(text().contains("o  path"))
        press(.character("o"))
        #expect(first(2) == ["/", "/system.slice"] && line(with: "CGROUP▼") != nil)
        press(.character("s"), .down, .enter)
        #expect(line(with: "CPU▼") != nil, "below path is the first again")
        press(.character(">"))
        #expect(line(with: "MEM▼") != nil)
    }

    @Test func typingFiltersAndEscapeTakesItBack() throws {
        press(.character("/"))
        for letter in "WEB".unicodeScalars { press(.character(letter)) }
        #expect(text().contains("filter: WEB"))
        #expect(line(with: "db.service") == nil && line(with: "web.service") != nil)
        press(.backspace, .backspace, .backspace, .character("d"), .character("b"), .enter)
        #expect(line(with: "1 of /db") != nil && line(with: "web.service") == nil)
        press(.character("q").asFilterProof)
        press(.escape)
        #expect(line(with: "web.service") != nil && line(with: "db.service") != nil)
        press(.character("/"), .character("z"), .character("z"))
        #expect(text().contains("no cgroup has zz in its names"))
        press(.escape)
        #expect(line(with: "web.service") != nil)
    }

    @Test func aTreeFoldsAndUnfolds() throws {
        press(.character("t"))
        let lines = screen()
        #expect(lines[5].hasPrefix("▾/"))
        #expect(lines[6].hasPrefix("├─▾system.slice"))
        #expect(lines[7].hasPrefix("│ ├─web.service"))
        #expect(lines[8].hasPrefix("│ └─db.service"))
        #expect(lines[9].hasPrefix("└─user.slice"))
        press(.down, .character(" "))
        #expect(screen()[6].hasPrefix("├─▸system.slice") && screen()[7].hasPrefix("└─user.slice"))
        press(.right)
        #expect(screen()[7].hasPrefix("│ ├─web.service"))
        press(.down, .left, .left)
        #expect(screen()[6].hasPrefix("├─▸system.slice"), "left of a leaf is its parent, left again folds it")
    }

    @Test func enterShowsAllAboutTheChosenOne() throws {
        press(.character("m"), .down, .down, .enter)
        let page = text(100, 60)
        #expect(page.contains(" /system.slice/db.service"))
        #expect(page.contains("service, unit db.service"))
        let cpu = try #require(line(with: "cpu  ", 100, 60))
        #expect(cpu.contains("0.29") && cpu.contains("0.50   0.60   0.70   0.80"), "the ladder: \(cpu)")
        #expect(cpu.contains("0.50  "), "its limit")
        #expect(page.contains("cpu, cores: 20 windows"))
        #expect(page.contains("of each lead, from the left: p50"))
        #expect(page.contains("in 2 of 10 periods (20 %), 50 ms over all CPUs; its limit: 0.50 cores"))
        #expect(page.contains("on I/O 25 %"))
        #expect(page.contains("100 waits, mean 300 µs"))
        #expect(page.contains("longest 900 µs"))
        #expect(page.contains("8.0 requests/s, mean 2.0 ms"))
        #expect(page.contains("→ because p95 says so"))
        #expect(page.contains("needed soon"))
        press(.tab)
        #expect(text(100, 60).contains("memory, bytes: 20 windows"))
        press(.escape, .up, .enter)
        #expect(text(100, 60).contains(" /system.slice"))
    }

    @Test func thePoolThatACgroupIsInIsNamed() {
        press(.down, .down, .enter)
        #expect(text(100, 60).contains("in pool shop"))
        #expect(text(100, 60).contains("nothing is planned for it"))
    }

    @Test func aPausedViewStandsStillAndGoesBackInTime() throws {
        press(.character("p"))
        let before = screen()
        #expect(before[0].contains("PAUSED"))
        for _ in 0..<3 {
            node.use("/user.slice", cpu: 0.9)
            node.tick()
        }
        try model.refresh()
        #expect(screen() == before)
        #expect(try #require(line(with: "db.service")).contains("0.29"))
        press(.character("["))
        #expect(try #require(line(with: "db.service")).contains("0.28"))
        #expect(screen()[0].contains("BACK AT") && screen()[0].contains("(-1.0 s)"))
        press(.character("{"))
        #expect(try #require(line(with: "db.service")).contains("0.18"))
        press(.character("]"))
        #expect(try #require(line(with: "db.service")).contains("0.19"))
        for _ in 0..<9 { press(.character("{")) }
        #expect(text().contains("nothing older is kept"))
        for _ in 0..<9 { press(.character("}")) }
        #expect(text().contains("the newest that is held"))
        press(.character("p"))
        #expect(try #require(line(with: "user.slice")).contains("0.90"))
        #expect(!screen()[0].contains("PAUSED"))
        press(.character("]"))
        #expect(text().contains("this is the present"))
    }

    @Test func theChosenOneStaysInSightAndChosen() throws {
        for place in 0..<40 { node.add("/many-\(place)") }
        node.tick()
        node.tick()
        try model.refresh()
        press(.end)
        #expect(line(with: "/many-39") != nil)
        press(.home)
        #expect(line(with: "/many-39") == nil && screen()[5].hasPrefix("/ "))
        press(.pageDown)
        #expect(screen()[5] != "/")
        press(.character("/"), .character("9"), .enter, .enter)
        #expect(text().contains("/many-"))
    }

    @Test func quitEndsTheListAndLeavesPages() {
        press(.enter, .character("q"))
        #expect(line(with: "CGROUP") != nil)
        press(.character("?"))
        #expect(text().contains("keys and columns"))
        press(.character("q"))
        #expect(!model.handle(.character("q")))
        #expect(!model.handle(.control("c")))
    }

    @Test func printedRowsAreAllThere() {
        let lines = model.text(columns: 120)
        for path in ["/system.slice/web.service", "/system.slice/db.service", "/user.slice"] {
            #expect(lines.contains { $0.contains(path) })
        }
        #expect(lines.contains { $0.contains("because p95 says so") })
        #expect(lines.allSatisfy { $0.count <= 120 })
    }
}

extension Key {
    /// Anything that does nothing in the list.
    var asFilterProof: Key { .function(12) }
}

extension StringProtocol {
    func trimming() -> String {
        var text = Substring(self)
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

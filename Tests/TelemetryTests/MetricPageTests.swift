import Agent
import Aggregates
import Foundation
import HeadroomABI
import Testing

@testable import Telemetry

@Suite struct MetricPageTests {
    private static let hostile = [
        "/a\"b", "/back\\slash", "/new\nline", "/ends\\", "/{brace=\"x\"}", "/ünïcode☃",
        "/tab\tcr\r",
        "/comma,equals=", "/\\n", "/# TYPE x counter",
    ]

    private func fixture() -> TableFixture {
        let fixture = TableFixture()
        var detail = WindowDetail()
        detail.parts =
            HR_PART_COUNTS.rawValue | HR_PART_CPU.rawValue | HR_PART_PRESSURE.rawValue
            | HR_PART_LIMITS.rawValue | HR_PART_MEMORY.rawValue | HR_PART_MEMORY_STAT.rawValue
            | HR_PART_THROTTLE.rawValue | HR_PART_CPU_LIMIT.rawValue | UInt32(HR_PART_PEAKS)
        detail.memory_limit_bytes = 1 << 30
        detail.cpu_limit_cores = 1.5
        detail.pressure = (0.25, 0, 0.5, 0, 0, 0)
        detail.delay_buckets.0 = 3
        detail.delay_buckets.2 = 1
        detail.delay_buckets.19 = 2
        var use = TableFixture.Use.busy(1_500_000_000)
        use.detail = detail
        var cgroups = Self.hostile.enumerated().map {
            (slot: $0.offset + 1, path: $0.element, use: TableFixture.Use.busy(7))
        }
        cgroups.append((30, "/full", use))
        cgroups.append((31, "/system.slice/a\\x2db.service", .busy(1)))
        fixture.tick(cgroups, rootDetail: detail)
        fixture.journal.event(.cgroupCreated(id: 1, path: "/x", timeNanoseconds: 5))
        fixture.tick(cgroups, rootDetail: detail)
        return fixture
    }

    @Test func hostileNamesAreReadBackAsTheyAre() throws {
        for format in [MetricPage.Format.prometheus, .openMetrics] {
            let page = try fixture().page(format)
            let names = Set(
                page.all("headroom_cgroup_cpu_seconds_total").compactMap { $0.labels["cgroup"] }
            )
            #expect(
                names
                    == Set(Self.hostile + ["/full", "/system.slice/a\\x2db.service", "(other)"])
            )
        }
    }

    @Test func aPodHasTheNamesThatWereTold() throws {
        let fixture = TableFixture()
        let id = String(repeating: "1a2b", count: 16)
        let pod = "/kubepods/pod2c48913c-b29f-11e7-9350-020968147796"
        let told = Pod(
            uid: "2c48913c-b29f-11e7-9350-020968147796", namespace: "shop", name: "web-1",
            application: "shop/Deployment/\"web\"", containers: [id: "main"])
        let container = TableFixture.Use(cpu: 1, workload: Workload(told, containerID: id))
        fixture.tick([(1, "\(pod)/\(id)", container), (2, "/plain", .init(cpu: 1))])
        let infos = try fixture.page().all("headroom_cgroup_info").map(\.labels)
        let named = try #require(infos.first { $0["kind"] == "kubernetes_container" })
        #expect(named["application"] == told.application && named["namespace"] == "shop")
        #expect(named["pod"] == "web-1" && named["container"] == "main")
        #expect(infos.allSatisfy { $0["pod_uid"] != nil || $0["application"] == nil })
    }

    @Test func prometheusTextIsWhatItsFormatSays() throws {
        let page = try fixture().page()
        #expect(page.text.contains("# TYPE headroom_node_cpu_seconds_total counter\n"))
        #expect(page.text.contains("\nheadroom_node_cpu_seconds_total 3.000000142\n"))
        #expect(page.text.contains("# TYPE headroom_cgroup_info gauge\n"))
        #expect(page.text.contains("# TYPE headroom_node_run_queue_wait_seconds histogram\n"))
        #expect(!page.text.contains("# EOF") && !page.text.contains("# UNIT"))
        let info = try #require(
            page.all("headroom_cgroup_info").first { $0.labels["kind"] == "service" }
        )
        #expect(info.labels["unit"] == "a-b.service" && info.value == 1)
        #expect(
            page.value(
                "headroom_cgroup_forecast_peak_cores",
                ["cgroup": "/full", "resource": "cpu", "horizon": "90s", "q": "0.95"]
            ) == 32
        )
        #expect(
            page.value("headroom_node_forecast_peak_cores", ["horizon": "1m", "q": "0.5"]) == 1
        )
        #expect(page.all("headroom_cgroup_forecast_peak_bytes").isEmpty)
        #expect(page.value("headroom_cgroup_cpu_limit_cores", ["cgroup": "/full"]) == 1.5)
        #expect(page.value("headroom_cgroup_memory_limit_bytes") == Double(1 << 30))
        #expect(page.value("headroom_events_total", ["event": "cgroup_created"]) == 1)
        #expect(page.value("headroom_http_responses_total", ["code": "200"]) == 7)
        #expect(page.value("headroom_build_info", ["version": "1.2.3"]) == 1)
        #expect(page.all("headroom_losses_total").count == LossCause.all.count)
    }

    @Test func openMetricsIsWhatItsFormatSays() throws {
        let page = try fixture().page(.openMetrics)
        #expect(page.text.hasSuffix("\n# EOF\n"))
        #expect(
            page.text.contains(
                "# TYPE headroom_node_cpu_seconds counter\n# UNIT headroom_node_cpu_seconds seconds\n# HELP headroom_node_cpu_seconds "
            )
        )
        #expect(page.text.contains("# TYPE headroom_cgroup info\n"))
        #expect(page.text.contains("# TYPE headroom_build info\n"))
        #expect(!page.text.contains("\n\n"))
        for (name, type) in page.families {
            #expect(!name.hasSuffix("_total") && !name.hasSuffix("_info"), "\(name)")
            if type == "counter" {
                #expect(page.samples.contains { $0.name == name + "_total" }, "\(name)")
            }
        }
        for line in page.text.split(separator: "\n") where line.hasPrefix("# UNIT ") {
            let words = line.split(separator: " ")
            #expect(words[2].hasSuffix("_" + words[3]), "\(line)")
        }
    }

    /// Both formats tell the same.
    @Test func bothFormatsHaveTheSameSamples() throws {
        let fixture = fixture()
        let plain = try fixture.page()
        let open = try fixture.page(.openMetrics)
        #expect(plain.samples.map(\.name) == open.samples.map(\.name))
        #expect(plain.samples.map(\.text) == open.samples.map(\.text))
        #expect(plain.samples.map(\.labels) == open.samples.map(\.labels))
    }

    @Test func histogramsAreCumulativeAndCountTheirLastBucket() throws {
        let page = try fixture().page()
        let name = "headroom_node_run_queue_wait_seconds"
        let buckets = page.all(name + "_bucket")
        #expect(buckets.count == 20)
        #expect(buckets.map(\.value).prefix(4) == [6, 6, 8, 8])
        #expect(zip(buckets, buckets.dropFirst()).allSatisfy { $0.value <= $1.value })
        #expect(buckets.last?.labels["le"] == "+Inf" && buckets.last?.value == 12)
        #expect(page.value(name + "_count") == 12)
        #expect(buckets[0].labels["le"] == "1.024e-06")
    }

    @Test(
        arguments: [
            (0, "0"), (1, "0.000000001"), (1_500_000_000, "1.5"), (2_000_000_000, "2"),
            (1_000_000_010, "1.00000001"), (18_446_744_073_709_551_615, "18446744073.709551615"),
        ] as [(UInt64, String)]
    )
    func nanosecondsAreExactSeconds(nanoseconds: UInt64, text: String) {
        var page = MetricPage(.prometheus)
        page.family(.walk) { $0.sample(nanoseconds: nanoseconds) }
        #expect(String(decoding: page.finished().bytes, as: UTF8.self).hasSuffix(" \(text)\n"))
    }

    @Test func figuresThatAreNoneAreWrittenAsTheFormatsDo() {
        #expect(MetricPage.number(.nan) == "NaN")
        #expect(MetricPage.number(.infinity) == "+Inf")
        #expect(MetricPage.number(-.infinity) == "-Inf")
        #expect(MetricPage.number(0.1) == "0.1")
        #expect(MetricPage.number(1e300) == "1e+300")
    }

    /// Names by the conventions: https://prometheus.io/docs/practices/naming/
    @Test func namesKeepToTheConventions() {
        let names = MetricFamily.all.map(\.name)
        #expect(Set(names).count == names.count)
        for family in MetricFamily.all {
            #expect(family.name.hasPrefix("headroom_"))
            #expect(family.name.utf8.allSatisfy { (0x61...0x7a).contains($0) || $0 == 0x5f })
            #expect(family.name.hasSuffix("_total") == (family.kind == .counter), "\(family.name)")
            #expect(family.help.hasSuffix("."), "\(family.name)")
        }
    }
}

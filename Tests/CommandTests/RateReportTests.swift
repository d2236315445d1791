import Probes
import Testing

@testable import headroom

/// How a rate's row says whose it is, and what its cells say.
@Suite struct RateReportTests {
    private func name(_ path: String, room: Int, whole: Bool = false, shard: UInt64? = nil) -> String {
        let rate = MapRates.Rate(
            key: .number(1), cgroup: path, cause: nil, shard: shard, cpu: nil, perSecond: [])
        return RateReport.name(rate, room: room, whole: whole)
    }

    @Test func aNameFitsTheRoomThereIs() {
        let container = "/demo.slice/docker-" + String(repeating: "ab12", count: 16) + ".scope"
        #expect(name(container, room: 40) == "docker ab12ab12ab12")
        #expect(name(container, room: 40, whole: true).count == 40)
        #expect(name(container, room: .max, whole: true) == container)
        #expect(name("/system.slice/web.service", room: 12) == "…web.service")
        #expect(name("/system.slice/web.service", room: 40, shard: 3) == "/system.slice/web.service shard 3")
    }

    @Test(
        arguments: [
            ("delay_ns", 0.0, "-"), ("delay_ns", 14_104_296, "14 ms"), ("rx_bytes", 836 * 1024, "836KB"),
            ("rx_packets", 796.4, "796"), ("connects", 0.25, "0.3"), ("value", 3, "3.0"),
        ] as [(String, Double, String)])
    func aCellIsInItsUnit(counter: String, perSecond: Double, cell: String) {
        #expect(RateReport.cell(counter, perSecond) == cell)
    }
}

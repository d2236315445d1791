import Capacity
import Testing

@Suite struct HostFactsReaderTests {
    @Test func thisHostHasCoresAndMemory() throws {
        let facts = try HostFactsReader.read()
        #expect(facts.cores >= 1 && facts.cores == facts.cores.rounded())
        #expect(facts.memoryBytes > 16_777_216)
    }

    @Test(arguments: [
        ("MemTotal:       24576000 kB\nMemFree: 1 kB\n", 25_165_824_000.0),
        ("MemFree: 1 kB\nMemTotal: 4 kB", 4_096),
    ])
    func memoryTotalIsReadInBytes(text: String, bytes: Double) {
        #expect(HostFactsReader.memoryTotal(in: text) == bytes)
    }

    @Test(arguments: [
        "", "MemFree: 1 kB", "MemTotal: x kB", "MemTotal: 4 MB", "MemTotal: -4 kB", "MemTotal:",
        "MemTotal: 0 kB",
    ])
    func memoryTotalThatMakesNoSenseIsNone(text: String) {
        #expect(HostFactsReader.memoryTotal(in: text) == nil)
    }

    @Test(arguments: [("0", 1), ("0-3", 4), ("0-3,8", 5), ("1,3,5-6", 4), ("0-4095", 4_096)])
    func allowedProcessorsAreCounted(list: String, count: Int) {
        let text = "Name:\tx\nCpus_allowed_list:\t\(list)\nMems_allowed:\t1\n"
        #expect(HostFactsReader.allowedProcessors(in: text) == count)
    }

    @Test(arguments: ["", "3-1", "a", "1-2-3", "1,", "-1"])
    func allowedProcessorsThatMakeNoSenseAreNone(list: String) {
        #expect(HostFactsReader.allowedProcessors(in: "Cpus_allowed_list:\t\(list)\n") == nil)
    }

    @Test func missingFileIsNamedInTheError() {
        #expect(throws: HostFactsError.unreadable(path: "/nowhere/meminfo", errno: 2)) {
            try HostFactsReader.memoryBytes(path: "/nowhere/meminfo")
        }
    }
}

import Aggregates
import Backtest
import Testing

@Suite struct TraceReaderTests {
    @Test func readsResourcesMissingCellsAndNames() throws {
        let file = TemporaryFile(
            name: "web.csv",
            "timestamp_s,cpu,colour,net_rx\n0,0.25,red,1e3\n60,,blue,\n120,1,green,7\n"
        )
        var reader = try TraceReader(path: file.path)
        #expect(reader.application == "web")
        #expect(reader.resources == [.cpu, .networkReceive])
        #expect(reader.ignoredColumns == ["colour"])
        let first = try #require(try reader.next())
        #expect(first.timeSeconds == 0 && first[.cpu] == 0.25 && first[.networkReceive] == 1_000)
        let second = try #require(try reader.next())
        #expect(second.timeSeconds == 60 && second[.cpu] == nil && second[.memory] == nil)
        _ = try reader.next()
        let end = try reader.next()
        #expect(end == nil)
    }

    @Test(arguments: [
        "\u{FEFF}timestamp_s,cpu\n0,1\n5,2\n",
        "timestamp_s,cpu\r\n0,1\r\n5,2\r\n",
        "timestamp_s,cpu\n0,1\n5,2",
        "timestamp_s,cpu\n0,1\n5,2\n\n\r\n",
        "timestamp_s, cpu\n0, 1\n5 ,2.0000000000000000000\n",
    ])
    func readsWhatEditorsLeaveBehind(text: String) throws {
        let file = TemporaryFile(name: "web.csv", text)
        var reader = try TraceReader(path: file.path)
        var values: [Double?] = []
        while let row = try reader.next() { values.append(row[.cpu]) }
        #expect(values == [1, 2])
    }

    @Test(arguments: [
        ("", ": the file is empty; expected a header such as timestamp_s,cpu,memory"),
        ("timestamp_s,cpu\n", ": the header is not followed by any sample"),
        ("time,cpu\n0,1\n", ":1: the first column is \"time\"; expected timestamp_s"),
        ("0,1\n5,2\n", ":1: the first column is \"0\"; expected timestamp_s"),
        ("timestamp_s,colour\n0,1\n", ":1: the header names no resource; expected at least one"),
        ("timestamp_s,cpu,cpu\n0,1,1\n", ":1: the header names column \"cpu\" twice"),
        ("timestamp_s,cpu\n0,1\n5\n", ":3: the row has 1 fields, the header has 2"),
        ("timestamp_s,cpu\n0,1\n5,1,1\n", ":3: the row has 3 fields, the header has 2"),
        ("timestamp_s,cpu\n0,1\n\n5,1\n", ":3: the row has 0 fields, the header has 2"),
        ("timestamp_s,cpu\n0.5,1\n", ":2: column \"timestamp_s\": \"0.5\" is not a time"),
        ("timestamp_s,cpu\n,1\n", ":2: column \"timestamp_s\": \"\" is not a time"),
        ("timestamp_s,cpu\n99999999999999999999,1\n", ":2: column \"timestamp_s\": 9999999999"),
        ("timestamp_s,cpu\n-4600000001,1\n", ":2: column \"timestamp_s\": -4600000001 is too far away"),
        ("timestamp_s,cpu\n5,1\n4600000001,1\n", ":3: column \"timestamp_s\": 4600000001 is too far away"),
        ("timestamp_s,cpu\n5,1\n5,1\n", ":3: column \"timestamp_s\": 5 does not come after 5"),
        ("timestamp_s,cpu\n5,1\n4,1\n", ":3: column \"timestamp_s\": 4 does not come after 5"),
        (
            "timestamp_s,cpu\n0,n/a\n",
            ":2: column \"cpu\": \"n/a\" is not a number; expected cores such as 0.25, "
                + "or an empty cell for a missing sample"
        ),
        ("timestamp_s,cpu\n0,1.2.3\n", ":2: column \"cpu\": \"1.2.3\" is not a number"),
        ("timestamp_s,cpu\n0,.\n", ":2: column \"cpu\": \".\" is not a number"),
        ("timestamp_s,cpu\n0,0x10\n", ":2: column \"cpu\": \"0x10\" is not a number"),
        ("timestamp_s,memory\n0,nan\n", ":2: column \"memory\": \"nan\" is not finite"),
        ("timestamp_s,cpu\n0,inf\n", ":2: column \"cpu\": \"inf\" is not finite"),
        ("timestamp_s,cpu\n0,1\n60,1e305\n", ":3: column \"cpu\": 1e305 is more than there is; expected less than 1e18"),
        ("timestamp_s,cpu\n0,-0.5\n", ":2: column \"cpu\": -0.5 is negative"),
        ("\u{1F}\u{8B}", ":1: the first column is"),
    ])
    func whatIsMalformedIsNamedWithFileAndLine(text: String, message: String) {
        let file = TemporaryFile(name: "web.csv", text)
        let error = #expect(throws: TraceError.self) {
            var reader = try TraceReader(path: file.path)
            while try reader.next() != nil {}
        }
        let description = error?.description ?? ""
        #expect(description.hasPrefix(file.path + message), "\(description)")
    }

    @Test func aFileThatIsNotThereAndADirectoryAreErrors() {
        #expect(throws: TraceError.self) { _ = try TraceReader(path: "/nonexistent/web.csv") }
        #expect(throws: TraceError.self) { _ = try TraceReader(path: "/tmp") }
    }

    @Test func anEndlessLineIsRefusedInsteadOfHeld() {
        let file = TemporaryFile(name: "web.csv", String(repeating: "x", count: 200_000))
        let error = #expect(throws: TraceError.self) { _ = try TraceReader(path: file.path) }
        #expect(error?.problem == .lineTooLong(limit: 65_536))
    }
}

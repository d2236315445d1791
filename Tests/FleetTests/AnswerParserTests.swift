import Fleet
import Testing

@Suite struct AnswerParserTests {
    @Test func membersComeInAnyOrderAndUnknownOnesAreSkipped() throws {
        let table = try SeriesTable(
            answer: """
                {"infos":[{"x":[1,null,true]}],"data":{"result":[
                {"value":[10.5,"1.25"],"metric":{"__name__":"m","application":"shop\\/\\u0041\\n"}},
                {"metric":{"application":"b"},"value":[10.5,"NaN"]},
                {"metric":{},"value":[10.5,"+Inf"]},
                {"metric":{"application":"b"},"value":[10.5,"-1e-3"]},
                {"metric":{"application":"h"},"histogram":[1,{"count":"2"}]}],"resultType":"vector"},
                "status":"success","warnings":["part of it is missing"]}
                """)
        #expect(table.names == ["shop/A\n", "b", "h"])
        #expect(table.rows.map(\.name) == [0, 1, nil, 1])
        #expect(table.points[0] == .init(time: 10.5, value: 1.25))
        #expect(table.points[1].value.isNaN)
        #expect(table.points[2].value == .infinity)
        #expect(table.points[3].value == -0.001)
        #expect(table.warnings == ["part of it is missing"])
        #expect(table.histograms == 1)
    }

    @Test(arguments: [
        "", "{", "[]", "{\"status\":\"success\"}", "<html>",
        "{\"status\":\"success\",\"data\":{\"result\":[{\"metric\":{},\"value\":[1]}]}}",
        "{\"status\":\"success\",\"data\":{\"result\":[{\"metric\":{},\"value\":[1,\"one\"]}]}}",
        "{\"status\":\"success\",\"data\":{\"result\":[]}} x",
        "{\"status\":\"success\",\"data\":{\"result\":[]},\"x\":" + String(repeating: "[", count: 100_000),
    ])
    func whatIsNoAnswerIsRefused(_ text: String) {
        #expect(throws: PrometheusFailure.self) { try SeriesTable(answer: text) }
    }

    @Test(arguments: [
        "0", "1", "0.1", "123456.789", "9007199254740993", "1e300", "4.9e-324", "0.30000000000000004", "12345678901234567890",
    ])
    func numbersAreRoundedAsTheLanguageRoundsThem(_ text: String) throws {
        let table = try ScriptedStore.table(1, [("a", text)])
        #expect(table.points[0].value == Double(text))
    }

    @Test func rangesAreSplitSoThatNoPartIsRefused() {
        let whole = TimeRange(start: 0, end: 691_200, step: 60)
        let parts = whole.split()
        #expect(parts.allSatisfy { $0.pointCount <= 11_000 })
        #expect(parts.map(\.pointCount).reduce(0, +) == whole.pointCount)
        #expect(zip(parts, parts.dropFirst()).allSatisfy { $1.start == $0.end + 60 })
        #expect(TimeRange(start: 1, end: 0, step: 1).split().isEmpty)
    }
}

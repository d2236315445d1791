import Fleet
import Testing

@Suite struct FleetFileTests {
    private func pools(_ text: String) throws -> [FleetPool] {
        let folder = try Folder()
        return try FleetFile.pools(path: try folder.write("pools.yaml", text))
    }

    @Test func poolsKeepTheirOrder() throws {
        let pools = try pools("pools:\n  web: [\"shop/*/*\", \"*/Deployment/web-*\"]\n  rest: []\n")
        #expect(pools.map(\.name) == ["web", "rest"])
        #expect(pools[0].patterns.map(\.description) == ["shop/*/*", "*/Deployment/web-*"])
        #expect(pools[1].patterns.isEmpty)
    }

    @Test(arguments: [
        ("pools:\n  web: shop\n", ":2:3: pools.web: expected a list"),
        ("pools:\n  web: [\"shop/**\"]\n", "at most one *"),
        ("pools:\n  web: [\"shop//x\"]\n", "expected an application"),
        ("pool:\n  web: []\n", "expected `pools:`"),
        ("pools: {}\n", "expected `pools:`"),
        ("pools: {}\nmore: 1\n", "expected `pools:`"),
        ("", "expected `pools:`"),
        ("pools: [\n", ":2:1"),
    ])
    func aFileThatIsWrongSaysWhereAndWhatWasExpected(_ text: String, _ expected: String) throws {
        let refusal = #expect(throws: FleetFile.Refusal.self) { try pools(text) }
        #expect(refusal?.description.contains(expected) == true, "\(refusal?.description ?? "")")
    }
}

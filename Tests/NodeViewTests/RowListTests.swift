import Aggregates
import NodeView
import TestSupport
import Testing

@Suite struct RowListTests {
    /// Rows of these paths; each one's parent is the path above it. CPU is given, or the place.
    private static func rows(_ paths: [(String, Float)]) -> [CgroupRow] {
        var rows = paths.enumerated().map { place, entry in
            var figures = Figures()
            figures[.cpu] = entry.1
            return CgroupRow(
                id: CgroupRow.ID(slot: place, generation: 1), name: CgroupName(path: entry.0),
                figures: figures)
        }
        for place in rows.indices {
            let path = rows[place].name.path
            guard path != "/", let slash = path.lastIndex(of: "/") else { continue }
            let parent = slash == path.startIndex ? "/" : String(path[..<slash])
            rows[place].parent = Int32(rows.firstIndex { $0.name.path == parent } ?? -1)
        }
        return rows
    }

    private static let node = rows([
        ("/", 9), ("/b", 3), ("/a", 5), ("/a/y", 1), ("/b/z", 2), ("/a/x", 4), ("/c", .nan), ("/b/z/deep", 2),
    ])

    private static func paths(_ list: RowList, _ rows: [CgroupRow] = node) -> [String] {
        list.entries.map { rows[$0.place].name.path }
    }

    @Test func largestFirstAndWhatIsNotKnownLast() {
        var order = RowList.Order()
        #expect(
            Self.paths(RowList(Self.node, order)) == ["/", "/a", "/a/x", "/b", "/b/z", "/b/z/deep", "/a/y", "/c"])
        order.isReversed = true
        #expect(
            Self.paths(RowList(Self.node, order)) == ["/a/y", "/b/z", "/b/z/deep", "/b", "/a/x", "/a", "/", "/c"])
        order.key = .path
        order.isReversed = false
        #expect(
            Self.paths(RowList(Self.node, order)) == ["/", "/a", "/a/x", "/a/y", "/b", "/b/z", "/b/z/deep", "/c"])
    }

    @Test func aTreeHasChildrenBelowTheirParentsInTheOrderChosen() {
        var order = RowList.Order()
        order.isTree = true
        let list = RowList(Self.node, order)
        #expect(
            Self.paths(list) == ["/", "/a", "/a/x", "/a/y", "/b", "/b/z", "/b/z/deep", "/c"])
        #expect(list.entries.map(\.depth) == [0, 1, 2, 2, 1, 2, 3, 1])
        #expect(list.entries.map(\.isLast) == [true, false, false, true, false, true, true, true])
        #expect(list.entries.map(\.hasChildren) == [true, true, false, false, true, true, false, false])
        order.folded = [Self.node[1].id]
        #expect(Self.paths(RowList(Self.node, order)) == ["/", "/a", "/a/x", "/a/y", "/b", "/c"])
        order.folded = [Self.node[0].id, Self.node[1].id]
        #expect(Self.paths(RowList(Self.node, order)) == ["/"])
    }

    @Test func aFilterLooksForTextInNamesWhateverTheCase() {
        var order = RowList.Order()
        order.filter = "/a"
        let list = RowList(Self.node, order)
        #expect(Self.paths(list) == ["/a", "/a/x", "/a/y"])
        #expect(list.found == 3)
        order.filter = "deep"
        #expect(Self.paths(RowList(Self.node, order)) == ["/b/z/deep"])
        order.isTree = true
        let tree = RowList(Self.node, order)
        #expect(Self.paths(tree) == ["/", "/b", "/b/z", "/b/z/deep"], "with what leads there")
        #expect(tree.found == 1)
        order.filter = "nowhere"
        #expect(RowList(Self.node, order).entries.isEmpty)
        let odd = Self.rows([("/Ärger.service", 1), ("/other", 2)])
        order.filter = "ärger"
        order.isTree = false
        #expect(Self.paths(RowList(odd, order), odd) == ["/Ärger.service"])
    }

    /// The table is not trusted: parents that go round in a circle, or are not there.
    @Test func everyRowIsShownOnceWhateverTheParentsAre() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<200 {
            let count = Int.random(in: 0...30, using: &generator)
            var rows = Self.rows((0..<count).map { ("/\($0)", Float.random(in: 0...1, using: &generator)) })
            for place in rows.indices { rows[place].parent = Int32.random(in: -2...33, using: &generator) }
            var order = RowList.Order()
            order.isTree = true
            let places = RowList(rows, order).entries.map(\.place)
            #expect(places.sorted() == Array(rows.indices))
            if let one = rows.randomElement(using: &generator) { order.folded = [one.id] }
            let folded = RowList(rows, order).entries.map(\.place)
            #expect(Set(folded).count == folded.count)
        }
    }
}

@Suite struct ColumnChoiceTests {
    private static func contents(_ width: Int) -> [Column.Content] {
        ColumnChoice.columns(for: width).map(\.content)
    }

    @Test(arguments: Array(1...300)) func columnsLeaveRoomForNames(_ width: Int) {
        let columns = ColumnChoice.columns(for: width)
        let total = columns.reduce(0) { $0 + $1.totalWidth }
        if width >= 40 { #expect(width - total >= 14, "\(width)") }
        #expect(columns.first?.content == .cpu)
        #expect(Set(columns.map(\.content)).count == columns.count)
    }

    @Test func eightyColumnsHaveTheEssentialAndTwoHundredALineForEach() {
        #expect(
            Self.contents(80) == [
                .cpu, .forecastCPU, .bufferCPU, .delay, .throttled, .memory, .pressure, .network, .disk,
            ])
        #expect(ColumnChoice.columns(for: 80).contains { $0.content == .cpu && $0.sparkWidth > 0 })
        let wide = ColumnChoice.columns(for: 200)
        for content: Column.Content in [
            .cpu, .forecastCPU, .bufferCPU, .delay, .throttled, .memory, .pressure, .transmit, .write,
        ] {
            #expect(wide.contains { $0.content == content && $0.sparkWidth > 0 }, "\(content)")
        }
    }

    @Test func whatNobodyKnowsTakesNoRoom() {
        let without = ColumnChoice.columns(for: 80, without: [.throttled, .pressure])
        #expect(!without.contains { $0.content == .throttled || $0.content == .pressure })
        #expect(ColumnChoice.columns(for: 80, []).count < Self.contents(80).count + 1)
    }
}

@Suite struct SparklineTests {
    @Test func linesAreScaledToTheirLargestAndEndWithTheNewest() {
        #expect(Sparkline.draw([0, 1, 2, 4], width: 4) == "▁▂▄█")
        #expect(Sparkline.draw([9, 0, 4], width: 2) == "▁█")
        #expect(Sparkline.draw([1], width: 3) == "  █")
        #expect(Sparkline.draw([.nan, 1, .nan], width: 3) == " █ ")
        #expect(Sparkline.draw([0, 0], width: 2) == "▁▁")
        #expect(Sparkline.draw([0.01], width: 1, least: 1) == "▁", "noise is no mountain")
        #expect(Sparkline.draw([], width: 2) == "  ")
    }
}

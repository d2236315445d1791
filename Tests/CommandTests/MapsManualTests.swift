import Aggregates
import Foundation
import Testing

@testable import headroom

/// docs/maps.md says what there is, and nothing that is not.
@Suite struct MapsManualTests {
    private static let manual = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("docs/maps.md")

    @Test func everyMapHasItsRow() throws {
        let text = try String(contentsOf: Self.manual, encoding: .utf8)
        for guide in MapGuide.all {
            #expect(text.contains("| `\(guide.name)` |"), "\(guide.name)")
            for counter in guide.counters where !counter.isEmpty {
                #expect(text.contains("`\(counter)`"), "\(guide.name): \(counter)")
            }
        }
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `hr_") || $0.hasPrefix("| `headroom.") }
        for row in rows {
            let name = row.split(separator: "`")[1]
            #expect(MapGuide.all.contains { $0.name == name }, "\(name) is no map")
        }
    }

    @Test func everyLossIsThereWithWhatToDo() throws {
        let text = try String(contentsOf: Self.manual, encoding: .utf8)
        for cause in LossCause.all {
            #expect(text.contains("| `\(cause.name)` | \(cause.meaning) | \(cause.remedy) |"), "\(cause.name)")
        }
    }

    @Test(arguments: ["overview", "list", "dump", "get", "watch", "progs", "losses"])
    func everyCommandIsTold(name: String) throws {
        let text = try String(contentsOf: Self.manual, encoding: .utf8)
        #expect(text.contains("maps \(name)"))
    }
}

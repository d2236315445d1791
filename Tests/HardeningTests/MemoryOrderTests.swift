import Foundation
import TestSupport
import Testing

/// docs/lock-freedom.md gives a reason for each atomic access there is, and for none that there is not.
@Suite struct MemoryOrderTests {
    /// `load relaxed ×2, store releasing`, by file.
    private static func accesses() throws -> [String: String] {
        let root = Manifest.repository.appendingPathComponent("Sources")
        var found: [String: String] = [:]
        let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift" else { continue }
            let text = try String(contentsOf: file, encoding: .utf8)
            let code = text.split(separator: "\n").filter { !$0.drop(while: { $0 == " " }).hasPrefix("//") }
                .joined(separator: "\n")
            // From the innermost call to its `ordering:`, which may stand on a line of its own.
            let access =
                /(load|store|exchange|add|subtract|compareExchange|atomicMemoryFence)\([^()]*?(?:\([^()]*\)[^()]*?)*ordering:\s*\.(\w+)/
            var counts: [String: Int] = [:]
            for match in code.matches(of: access) {
                let name = match.1 == "atomicMemoryFence" ? "fence" : match.1
                counts["\(name) \(match.2)", default: 0] += 1
            }
            #expect(
                counts.values.reduce(0, +) == code.components(separatedBy: "ordering: .").count - 1,
                "an access in \(file.path) is not one that this test knows")
            guard !counts.isEmpty else { continue }
            let path = String(file.path.dropFirst(Manifest.repository.path.count + 1))
            found[path] = counts.sorted { $0.key < $1.key }
                .map { $0.value == 1 ? $0.key : "\($0.key) ×\($0.value)" }.joined(separator: ", ")
        }
        return found
    }

    @Test func everyAccessHasItsReason() throws {
        let accesses = try Self.accesses()
        #expect(accesses.count > 5)
        var told: [String: String] = [:]
        for line in try Manifest.text("docs/lock-freedom.md").split(separator: "\n") where line.hasPrefix("| `Sources/") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            try #require(cells.count == 3, "\(line)")
            #expect(cells[2].count > 40, "\(cells[0]) has no reason")
            told[cells[0].replacing("`", with: "")] = cells[1]
        }
        for (file, orders) in accesses { #expect(told[file] == orders, "\(file)") }
        for file in told.keys { #expect(accesses[file] != nil, "\(file) has no atomics") }
    }

    /// What the model is a model of: the same accesses in the same order.
    @Test func theProtocolIsTheOneOfTheModel() throws {
        func orders(_ path: String) throws -> [String] {
            try Manifest.text(path).split(separator: "\n")
                .filter { !$0.drop(while: { $0 == " " }).hasPrefix("//") }
                .compactMap { line in
                    if let access = line.firstMatch(of: /(load|store|atomicMemoryFence)\(.*ordering: \.(\w+)/) {
                        return "\(access.1) \(access.2)"
                    }
                    let work = line.drop { $0 == " " }
                    return work == "body()" || work == "read()" ? String(work) : nil
                }
        }
        #expect(
            try orders("Sources/Aggregates/SharedTable.swift") == [
                "load relaxed", "store relaxed", "atomicMemoryFence releasing", "body()", "store releasing",
            ])
        #expect(
            try orders("Sources/Aggregates/TableReader.swift") == [
                "load acquiring", "read()", "atomicMemoryFence acquiring", "load relaxed",
            ])
    }
}

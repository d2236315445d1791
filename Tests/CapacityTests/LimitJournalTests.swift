import Aggregates
import Foundation
import TestSupport
import Testing

@testable import Capacity

@Suite struct LimitJournalTests {
    @Test func whatIsWrittenReadsBack() throws {
        var generator = SeededGenerator(seed: 4)
        for count in 0..<40 {
            var journal = LimitJournal()
            for index in 0..<count {
                let names = ["/a\tb", "/100%", "/line\nbreak", "/plain/ü", "/x y"]
                let key = LimitJournal.Key(
                    cgroupID: .random(in: 0...UInt64.max, using: &generator),
                    path: names.randomElement(using: &generator)! + "\(index)",
                    file: .allCases.randomElement(using: &generator)!)
                journal.entries[key] = .init(
                    original: "max \(index)", last: "\(index) 100000", next: "7")
            }
            #expect(try LimitJournal(parsing: journal.text).entries == journal.entries)
        }
    }

    /// Every prefix, and every one with a byte that is not the right one.
    @Test func aDamagedOneIsRefusedOrTheSame() throws {
        var journal = LimitJournal()
        journal.entries[.init(cgroupID: 7, path: "/app", file: .cpuMax)] = .init(
            original: "max 100000", last: "max 100000", next: "50000 100000")
        journal.entries[.init(cgroupID: 8, path: "/b", file: .memoryHigh)] = .init(
            original: "max", last: "1", next: "2")
        let text = journal.text
        for length in 0..<text.utf8.count {
            #expect(throws: LimitJournal.Damage.self) {
                try LimitJournal(parsing: String(text.prefix(length)))
            }
        }
        for place in text.indices {
            for wrong in ["\n", "\t", "x", "/", ";"] {
                var other = text
                other.replaceSubrange(place...place, with: wrong)
                // Whatever is taken can be nothing but values and paths that make sense.
                guard let read = try? LimitJournal(parsing: other) else { continue }
                for (key, entry) in read.entries {
                    #expect(EnforcementRules.refusal(of: key.path) == nil)
                    for value in [entry.original, entry.last, entry.next] {
                        #expect(value.allSatisfy { "max 0123456789".contains($0) }, "\(value)")
                    }
                }
            }
        }
    }

    @Test func aForeignOneIsKeptAside() throws {
        let tree = try CgroupFolder()
        try Data("hello\n".utf8).write(to: URL(fileURLWithPath: tree.journal))
        let result = try LimitBook.recover(journalPath: tree.journal, root: tree.path)
        guard case .failure(let refusal) = result else {
            Issue.record("taken")
            return
        }
        #expect(refusal.description.contains("line 1: expected \"headroom limits 1\""))
        #expect(!tree.hasJournal)
        #expect(try tree.read("/journal.refused") == "hello")
    }

    @Test(arguments: ["", "app", "/", "/a/", "/a//b", "/a/../b", "/."])
    func pathsThatAreNoneAreRefused(path: String) {
        #expect(EnforcementRules.refusal(of: path) != nil)
    }

    @Test func aPathLiesInItselfAndInWhatIsAboveIt() {
        #expect(CgroupPath.lies("/a/b", in: "/a"))
        #expect(CgroupPath.lies("/a", in: "/a"))
        #expect(!CgroupPath.lies("/ab", in: "/a"))
        // As the kernel compares: a mark that combines with the / before it, and one name written in two ways.
        #expect(CgroupPath.lies("/a/\u{358}b", in: "/a"))
        #expect(CgroupPath.lies("/e\u{301}/b", in: "/e\u{301}"))
        #expect(!CgroupPath.lies("/e\u{301}/b", in: "/\u{e9}"))
    }

    @Test func aPathHasAParentAndAName() {
        for (path, parent, name) in [("/a", "/", "a"), ("/a/b", "/a", "b"), ("/a/\u{358}b", "/a", "\u{358}b")] {
            #expect(CgroupPath.parent(of: path).map(String.init) == parent)
            #expect(String(CgroupPath.name(of: path)) == name)
            #expect(CgroupPath.isChild(path, of: parent))
        }
        #expect(CgroupPath.parent(of: "/") == nil && CgroupPath.parent(of: "app") == nil)
        #expect(CgroupPath.name(of: "/") == "/" && CgroupPath.name(of: "app") == "app")
        #expect(!CgroupPath.isChild("/a/b/c", of: "/a") && !CgroupPath.isChild("/a", of: "/a"))
    }
}

import Testing

@testable import Aggregates

/// What a path says of its cgroup.
@Suite struct IdentityTests {
    @Test(arguments: IdentitySample.all)
    func pathTellsWhatItIs(sample: IdentitySample) throws {
        let identity = CgroupIdentity(path: sample.path)
        #expect(identity?.kind == sample.kind)
        #expect(identity?.runtime == sample.runtime)
        #expect(identity?.unit == sample.unit)
        #expect(identity?.containerID == sample.id)
        #expect(identity?.podUID == sample.pod)
        #expect(identity?.qos == sample.qos)
        #expect(identity?.name == sample.name)
        #expect(identity?.inner ?? "" == sample.inner)
        #expect(identity?.displayName ?? "" == sample.display)
    }

    @Test func everyKindAndEveryRuleHasASample() {
        let kinds = Set(IdentitySample.all.compactMap(\.kind))
        #expect(Set(CgroupKind.allCases).subtracting(kinds).isEmpty)
        let used = Set(IdentitySample.all.flatMap { Self.rulesUsed(by: $0.path) })
        let unused = Set(IdentityRule.table.indices).subtracting(used)
        #expect(unused.map { IdentityRule.table[$0].pattern.text } == [])
    }

    @Test func longerPatternsStandAboveTheShorterOnesThatTheyContain() {
        for path in IdentitySample.all.map(\.path) {
            let bytes = Array(path.utf8)
            let parts = bytes.split(separator: UInt8(ascii: "/")).map { $0.startIndex..<$0.endIndex }
            for at in parts.indices {
                let fitting = IdentityRule.table.filter { $0.pattern.match(bytes, parts[at...]) != nil }
                #expect(fitting.first?.pattern.count == fitting.map(\.pattern.count).max(), "\(path)")
            }
        }
    }

    @Test(arguments: [
        (#"a\x2db.service"#, "a-b.service"), (#"a\x5cx2d.service"#, #"a\x2d.service"#),
        (#"a\x1b[31m.service"#, #"a\x1b[31m.service"#), (#"a\x"#, #"a\x"#), (#"a\x2"#, #"a\x2"#),
        (#"caf\xc3\xa9.service"#, "café.service"), (#"a\xc2\x9b31m"#, #"a\x9b31m"#),
        (#"a\xff"#, "a\u{fffd}"), (#"\x2d\x2D"#, #"-\x2D"#),
    ])
    func unitNamesAreUnescapedButNoControlCharacterComesOut(escaped: String, plain: String) {
        #expect(SystemdName.unescape(Array(escaped.utf8)[...]) == plain)
    }

    private static func rulesUsed(by path: String) -> [Int] {
        let bytes = Array(path.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "/")).map { $0.startIndex..<$0.endIndex }
        return parts.indices.compactMap { at in
            IdentityRule.table.firstIndex { $0.pattern.match(bytes, parts[at...]) != nil }
        }
    }
}

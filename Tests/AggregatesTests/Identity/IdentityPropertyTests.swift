import Aggregates
import TestSupport
import Testing

/// What holds for any path, also one that somebody made to confuse.
@Suite struct IdentityPropertyTests {
    /// Pieces that rules are made of, so that random paths come near them.
    private static let pieces = [
        "docker", "docker-", "kubepods", "kubepods-", "burstable", "besteffort", "-pod", "pod",
        ".slice", ".scope", ".service", "cri-containerd", ":cri-containerd:", "crio-", "conmon-",
        "libpod-", "payload-", "lxc", "lxc.payload.", "lxc.monitor", "machine-", "session-",
        "user-1000", "nomad", "ecs", "garden", "buildkit", "good", "share", #"\x2d"#, #"\x"#, "_",
        "-", ":", ".", "*", "<id>", "é", "\u{1b}", "\0", " ", "..", "(other)",
        String(repeating: "0a", count: 32), String(repeating: "f", count: 63),
        String(repeating: "e", count: 65), "2c48913c-b29f-11e7-9350-020968147796",
        "2c48913c_b29f_11e7_9350_020968147796", String(repeating: "7", count: 32),
    ]

    private static let components = Set(
        IdentitySample.all.flatMap { $0.path.split(separator: "/").map(String.init) }
    ).sorted()

    /// Components of real paths in any order, some glued together from pieces.
    private static func path(_ generator: inout SeededGenerator) -> String {
        var path = ""
        for _ in 0..<Int.random(in: 0...6, using: &generator) {
            path += "/"
            guard Int.random(in: 0..<3, using: &generator) == 0 else {
                path += components.randomElement(using: &generator)!
                continue
            }
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                path += pieces.randomElement(using: &generator)!
            }
        }
        // Bytes at random, so also what is not UTF-8.
        if Int.random(in: 0..<4, using: &generator) == 0, !path.isEmpty {
            var bytes = Array(path.utf8)
            let at = bytes.indices.randomElement(using: &generator)!
            bytes[at] = UInt8.random(in: .min ... .max, using: &generator)
            path = String(decoding: bytes, as: UTF8.self)
        }
        return path
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func whatItSaysIsWellFormed(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var containers = 0
        for _ in 0..<2_000 {
            let path = Self.path(&generator)
            guard let identity = CgroupIdentity(path: path) else { continue }
            if let id = identity.containerID {
                containers += 1
                #expect(id.utf8.count == 64 && id.allSatisfy(Self.isHex), "\(path)")
                #expect(path.contains(id), "\(path)")
            }
            if let uid = identity.podUID {
                let groups = uid.split(separator: "-", omittingEmptySubsequences: false)
                #expect([[8, 4, 4, 4, 12], [32]].contains(groups.map(\.count)), "\(path)")
                #expect(groups.joined().allSatisfy(Self.isHex), "\(path)")
                #expect(identity.qos != nil, "\(path)")
            }
            #expect(identity.kind != .root || path.allSatisfy { $0 == "/" }, "\(path)")
            let end = path.reversed().drop { $0 == "/" }.reversed()
            #expect(identity.inner.isEmpty || String(end).hasSuffix(identity.inner), "\(path)")
            Self.expectFieldsOfItsKind(identity, path)
        }
        #expect(containers > 300, "the paths came near no container")
    }

    /// No path is two things: each kind has its fields and not those of another.
    private static func expectFieldsOfItsKind(_ identity: CgroupIdentity, _ path: String) {
        let hasID = identity.containerID != nil
        switch identity.kind {
        case .root:
            #expect(!hasID && identity.unit == nil && identity.podUID == nil, "\(path)")
        case .slice, .service, .scope, .session, .unit:
            #expect(identity.unit != nil, "\(path)")
            #expect(!hasID && identity.podUID == nil && identity.name == nil, "\(path)")
        case .docker, .containerd, .crio, .podman, .container: #expect(hasID, "\(path)")
        case .lxc, .nomad, .buildkit, .garden, .machine, .ecsTask:
            #expect(!hasID && identity.name != nil, "\(path)")
        case .monitor:
            #expect(hasID != (identity.name != nil) && identity.runtime != nil, "\(path)")
        case .kubernetesPods:
            #expect(!hasID && identity.podUID == nil && identity.name == nil, "\(path)")
        case .kubernetesPod: #expect(!hasID && identity.podUID != nil, "\(path)")
        case .kubernetesContainer: #expect(identity.podUID != nil, "\(path)")
        }
        let mayHaveRuntime = identity.kind == .kubernetesContainer || identity.kind == .monitor
        #expect(identity.runtime == nil || mayHaveRuntime, "\(path)")
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func cgroupInsideAContainerBelongsToIt(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for sample in IdentitySample.all where sample.id != nil && sample.kind != .monitor {
            let number = UInt32.random(in: 0...UInt32.max, using: &generator)
            let below = "x" + String(number, radix: 36)
            let identity = try #require(CgroupIdentity(path: sample.path + "/" + below))
            #expect(identity.kind == sample.kind)
            #expect(identity.containerID == sample.id)
            #expect(identity.podUID == sample.pod)
            #expect(identity.unit == sample.unit)
            #expect(identity.inner == (sample.inner.isEmpty ? below : sample.inner + "/" + below))
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func digitMoreOrLessOrWrongIsNoContainer(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for sample in IdentitySample.all {
            guard let id = sample.id else { continue }
            let digits = Array(id)
            let at = digits.indices.randomElement(using: &generator)!
            let wrong = "gzAF_-.".randomElement(using: &generator)!
            for damaged in [
                String(digits.dropLast()), id + "0", "0" + id,
                String(digits[..<at] + [wrong] + digits[(at + 1)...]),
            ] {
                let identity = CgroupIdentity(path: sample.path.replacing(id, with: damaged))
                #expect(identity?.containerID != id, "\(damaged) in \(sample.path)")
                #expect(identity?.containerID.map { $0.utf8.count == 64 } ?? true)
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func hugePathsAreReadInReasonableTime() {
        let component = String(repeating: "kubepods-burstable-pod2c48913c_", count: 8)
        let path = String(repeating: "/" + component, count: 40)
        #expect(CgroupIdentity(path: path) == nil)
    }

    private static func isHex(_ character: Character) -> Bool {
        ("0"..."9").contains(character) || ("a"..."f").contains(character)
    }
}

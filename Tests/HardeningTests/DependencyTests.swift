import Foundation
import TestSupport
import Testing

/// What Headroom is made of, as Package.resolved, docs/dependencies.md and the bill of materials have it.
@Suite struct DependencyTests {
    private struct Pins: Decodable {
        struct Pin: Decodable {
            struct State: Decodable {
                let version: String
                let revision: String
            }
            let identity: String
            let location: String
            let state: State
        }
        let pins: [Pin]
    }

    private struct Bill: Decodable {
        struct Hash: Decodable {
            let alg: String
            let content: String
        }
        struct Licence: Decodable { let expression: String }
        struct Component: Decodable {
            let type: String
            let name: String
            let version: String
            let purl: String
            let licenses: [Licence]
            let hashes: [Hash]?
            let scope: String?
            let bomRef: String

            enum CodingKeys: String, CodingKey {
                case type, name, version, purl, licenses, hashes, scope
                case bomRef = "bom-ref"
            }
        }
        struct Metadata: Decodable {
            let timestamp: String
            let component: Component
        }
        struct Dependency: Decodable {
            let ref: String
            let dependsOn: [String]
        }
        let bomFormat: String
        let specVersion: String
        let serialNumber: String
        let version: Int
        let metadata: Metadata
        let components: [Component]
        let dependencies: [Dependency]
    }

    private static func pins() throws -> [Pins.Pin] {
        let data = try Data(contentsOf: Manifest.repository.appendingPathComponent("Package.resolved"))
        return try JSONDecoder().decode(Pins.self, from: data).pins
    }

    /// The rows of docs/dependencies.md: name, version, licence, who has it, why.
    private static func rows() throws -> [[String]] {
        try Manifest.text("docs/dependencies.md").split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces).replacing("`", with: "") }
        }
    }

    /// Where Debian's packages are, and so the versions of what is linked.
    private static let canList: Bool = {
        let missing = ["dpkg-query", "python3", "swift"].filter { Program.find($0) == nil }
        if !missing.isEmpty { print("SKIPPED the bill of materials: no \(missing.joined(separator: ", no ")) here") }
        return missing.isEmpty
    }()

    private static func bill(_ arguments: [String] = []) throws -> String {
        let result = try Program.run("env", ["SOURCE_DATE_EPOCH=1700000000", "scripts/sbom"] + arguments)
        try #require(result.code == 0, "\(result.text)")
        return result.text
    }

    @Test func everyPinHasItsVersionAndItsReason() throws {
        let rows = try Self.rows()
        let pins = try Self.pins()
        #expect(pins.count > 2)
        for pin in pins {
            let row = rows.first { $0.first == pin.identity }
            #expect(row?.count == 5, "docs/dependencies.md has no row of \(pin.identity)")
            #expect(
                row?[1] == pin.state.version,
                "\(pin.identity) is resolved to \(pin.state.version): scripts/pins takes what the table says")
            #expect((row?.last?.count ?? 0) > 25, "\(pin.identity): why is it there?")
        }
        #expect(Set(rows.map { $0[0] }).count == rows.count, "a name is there twice")
    }

    @Test func everyPinIsAVersionAndACommitOverTLS() throws {
        for pin in try Self.pins() {
            #expect(pin.state.version.wholeMatch(of: /\d+\.\d+\.\d+/) != nil, "\(pin.identity)")
            #expect(pin.state.revision.wholeMatch(of: /[0-9a-f]{40}/) != nil, "\(pin.identity)")
            #expect(pin.location.hasPrefix("https://github.com/"), "\(pin.identity)")
        }
    }

    /// Nothing else is in the binaries, and nothing that is in them is left out.
    @Test(.enabled(if: canList)) func theTableIsTheBill() throws {
        let listed = try Self.bill(["--list"]).split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
            .filter { !$0[0].hasPrefix("headroom") }
        let rows = try Self.rows()
        let pins = Set(try Self.pins().map(\.identity))
        for part in listed {
            let row = rows.first { $0[0] == part[0] }
            #expect(row?[2] == part[2], "docs/dependencies.md: licence of \(part)")
            // Versions of Debian's packages and of the toolchain are this machine's; BoringSSL is there twice.
            let isCopied = ["boringssl", "llhttp"].contains(part[0])
            guard pins.contains(part[0]) || isCopied else { continue }
            #expect(row?[1].contains(part[1].prefix(8)) == true, "docs/dependencies.md: version of \(part)")
        }
        for row in rows { #expect(listed.contains { $0[0] == row[0] }, "no part of Headroom: \(row[0])") }
    }

    @Test(.enabled(if: canList)) func theBillIsCycloneDXAndWholeAndTheSameEachTime() throws {
        let text = try Self.bill()
        #expect(try Self.bill() == text)
        let bill = try JSONDecoder().decode(Bill.self, from: Data(text.utf8))
        #expect(bill.bomFormat == "CycloneDX" && bill.specVersion == "1.5" && bill.version == 1)
        #expect(bill.serialNumber.wholeMatch(of: /urn:uuid:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}/) != nil)
        #expect(bill.metadata.timestamp == "2023-11-14T22:13:20Z")
        let kinds = ["application", "framework", "library"]
        let sizes = ["SHA-1": 40, "SHA-256": 64]
        for part in bill.components + [bill.metadata.component] {
            #expect(kinds.contains(part.type) && !part.name.isEmpty && !part.version.isEmpty)
            #expect(part.purl.wholeMatch(of: /pkg:[a-z]+\/\S+@\S+/) != nil, "\(part.purl)")
            #expect(part.licenses.count == 1 && !part.licenses[0].expression.isEmpty, "\(part.name)")
            for hash in part.hashes ?? [] {
                #expect(hash.content.utf8.count == sizes[hash.alg], "\(part.name)")
                #expect(hash.content.wholeMatch(of: /[0-9a-f]+/) != nil, "\(part.name)")
            }
        }
        let references = bill.components.map(\.bomRef) + [bill.metadata.component.bomRef]
        #expect(Set(references).count == references.count, "two parts have one reference")
        #expect(Set(bill.dependencies.map(\.ref)) == Set(references))
        for dependency in bill.dependencies { #expect(Set(dependency.dependsOn).isSubset(of: references)) }
        for pin in try Self.pins() {
            let part = bill.components.first { $0.name == pin.identity }
            #expect(part?.version == pin.state.version)
            #expect(part?.hashes?.first?.content == pin.state.revision)
        }
        // What the agent has is what its manifest says: no networking library.
        let agent = try #require(bill.dependencies.first { $0.ref.hasPrefix("pkg:generic/headroom@") })
        #expect(agent.dependsOn.filter { $0.hasPrefix("pkg:swift/") }.map { $0.split(separator: "/").last!.split(separator: "@")[0] }
            == ["swift-argument-parser", "swift-log"])
        // Everything is reached from the whole.
        var reached: Set<String> = [bill.metadata.component.bomRef]
        var left = Array(reached)
        while let next = left.popLast() {
            for inner in bill.dependencies.first(where: { $0.ref == next })?.dependsOn ?? []
            where reached.insert(inner).inserted { left.append(inner) }
        }
        #expect(reached == Set(references), "\(Set(references).subtracting(reached))")
    }

    /// Which program has what, told twice: by hand in the table, and by manifests in the bill.
    @Test(.enabled(if: canList)) func theTableSaysWhichProgramHasWhat() throws {
        let bill = try JSONDecoder().decode(Bill.self, from: Data(Self.bill().utf8))
        let names = Dictionary(uniqueKeysWithValues: bill.components.map { ($0.bomRef, $0.name) })
        let excluded = Set(bill.components.filter { $0.scope == "excluded" }.map(\.name))
        func parts(of program: String) throws -> Set<String> {
            let start = try #require(bill.components.first { $0.name == program }).bomRef
            var reached: Set<String> = [start]
            var left = [start]
            while let next = left.popLast() {
                for inner in bill.dependencies.first(where: { $0.ref == next })?.dependsOn ?? []
                where reached.insert(inner).inserted { left.append(inner) }
            }
            return Set(reached.subtracting([start]).compactMap { names[$0] }).subtracting(excluded)
        }
        let rows = try Self.rows()
        for (program, other) in [("headroom", "headroom-connect"), ("headroom-connect", "headroom")] {
            let told = Set(rows.filter { $0[3] == program || $0[3] == "both" }.map { $0[0] })
            #expect(try parts(of: program) == told, "\(program)")
            #expect(rows.contains { $0[3] == other }, "what only \(other) has")
        }
        #expect(Set(rows.filter { $0[3] == "none" }.map { $0[0] }) == excluded)
    }

    private static let hasGit: Bool = {
        let missing = ["git", "swift"].filter { Program.find($0) == nil }
        if !missing.isEmpty { print("SKIPPED scripts/pins: no \(missing.joined(separator: ", no ")) here") }
        return missing.isEmpty
    }()

    /// Another version than the table's is taken back, and what cannot be had is an error that names it.
    @Test(.enabled(if: hasGit)) func pinsTakesTheVersionsOfTheTable() throws {
        let place = try TemporaryPlace()
        let root = place.url
        // A package that depends on another, of which there are two versions.
        let made = try Program.run(
            "bash",
            [
                "-ec",
                """
                cd "$1"
                mkdir -p left/Sources/left right/Sources/right user/{scripts,docs,Sources/user}
                cp "$2"/scripts/{pins,setup} user/scripts
                echo 'print(1)' >user/Sources/user/main.swift
                manifest() { printf '// swift-tools-version: 6.0\\nimport PackageDescription\\nlet package = Package(name: "%s", %s)\\n' "$@"; }
                library() { manifest "$1" "products: [.library(name: \\"$1\\", targets: [\\"$1\\"])], $2"; }
                library left 'targets: [.target(name: "left")]' >left/Package.swift
                library right "dependencies: [.package(url: \\"$1/left\\", from: \\"1.0.0\\")],
                    targets: [.target(name: \\"right\\", dependencies: [\\"left\\"])]" >right/Package.swift
                manifest user "dependencies: [.package(url: \\"$1/right\\", from: \\"1.0.0\\")],
                    targets: [.executableTarget(name: \\"user\\", dependencies: [\\"right\\"])]" >user/Package.swift
                for name in left right; do
                    touch $name/Sources/$name/$name.swift
                    git init -q $name
                    git -C $name add .
                    git -C $name -c user.name=a -c user.email=a@a commit -qm 1
                    git -C $name tag 1.0.0
                done
                git -C left -c user.name=a -c user.email=a@a commit -q --allow-empty -m 2
                git -C left tag 1.1.0
                """,
                "bash", root.path, Manifest.repository.path,
            ])
        try #require(made.code == 0, "\(made.text)")
        let user = root.appendingPathComponent("user")
        func pins(_ left: String, hasRight: Bool = true) throws -> (code: Int32, text: String) {
            let table = "| name | version |\n|---|---|\n| `left` | \(left) | x |\n" + (hasRight ? "| `right` | 1.0.0 | y |\n" : "")
            try Data(table.utf8).write(to: user.appendingPathComponent("docs/dependencies.md"))
            return try Program.run(user.appendingPathComponent("scripts/pins").path, [])
        }
        func version() throws -> String? {
            let data = try Data(contentsOf: user.appendingPathComponent("Package.resolved"))
            return try JSONDecoder().decode(Pins.self, from: data).pins.first { $0.identity == "left" }?.state.version
        }
        for wanted in ["1.0.0", "1.1.0", "1.1.0"] {
            let result = try pins(wanted)
            #expect(result.code == 0, "\(result.text)")
            #expect(try version() == wanted)
        }
        let missing = try pins("1.9.0", hasRight: false)
        #expect(missing.code == 1)
        #expect(missing.text.contains("headroom: left is 1.1.0, docs/dependencies.md has 1.9.0\n"), "\(missing.text)")
        #expect(missing.text.contains("headroom: right is 1.0.0, docs/dependencies.md has no row of it\n"), "\(missing.text)")
    }

    @Test(.enabled(if: canList)) func binariesComeInByTheirHashes() throws {
        let place = try TemporaryPlace()
        let file = place.url.appendingPathComponent("headroom")
        try Data("abc".utf8).write(to: file)
        let bill = try JSONDecoder().decode(Bill.self, from: Data(Self.bill([file.path]).utf8))
        let hash = bill.components.first { $0.name == "headroom" }?.hashes?.first
        // FIPS 180-4's own example.
        #expect(hash?.content == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        for (argument, reason) in [("/nonexistent/headroom", "no such file"), ("/etc/passwd", "neither headroom nor")] {
            let refused = try Program.run(Manifest.repository.appendingPathComponent("scripts/sbom").path, [argument])
            #expect(refused.code == 1 && refused.text.contains(reason))
        }
    }

    /// The libraries that the static binary is linked with are those that the table names.
    @Test func systemLibrariesAreThoseOfTheManifest() throws {
        let manifest = try Manifest.text("Package.swift")
        let names = Set(manifest.matches(of: /\.apt\(\[(.*?)\]\)/).flatMap { match in
            match.1.matches(of: /"([^"]+)"/).map { String($0.1) }
        })
        #expect(names == ["libbpf-dev", "libelf-dev", "zlib1g-dev", "libyaml-dev"])
        let script = try Manifest.text("scripts/sbom")
        for name in names { #expect(script.contains("(\"\(name)\","), "\(name)") }
    }
}

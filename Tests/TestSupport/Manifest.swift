package import Foundation
package import YAML

/// One object of deploy/kubernetes, as its file has it.
package struct Manifest: Sendable {
    /// From deploy/kubernetes on, such as `monitoring/service.yaml`.
    package let file: String
    package let root: YAMLNode

    package var kind: String { root["kind"]?.text ?? "" }
    package var name: String { root["metadata", "name"]?.text ?? "" }
    package var namespace: String? { root["metadata", "namespace"]?.text }
    /// For messages.
    package var title: String { "\(file): \(kind) \(name)" }

    /// Where the sources lie, or `HEADROOM_TEST_REPOSITORY` on a machine that has the tests alone.
    package static let repository =
        ProcessInfo.processInfo.environment["HEADROOM_TEST_REPOSITORY"].map { URL(fileURLWithPath: $0) }
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    package static let directory = repository.appendingPathComponent("deploy/kubernetes")

    package static func text(_ path: String) throws -> String {
        try String(contentsOf: repository.appendingPathComponent(path), encoding: .utf8)
    }

    /// Names of a folder's YAML files, without the kustomization.
    package static func files(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(
            atPath: directory.appendingPathComponent(folder).path
        ).filter { $0.hasSuffix(".yaml") && $0 != "kustomization.yaml" }.sorted()
    }

    /// All objects in a folder's files.
    package static func all(in folder: String = "") throws -> [Manifest] {
        try files(in: folder).flatMap { name in
            let file = folder.isEmpty ? name : "\(folder)/\(name)"
            return try text("deploy/kubernetes/\(file)").components(separatedBy: "\n---\n").map {
                Manifest(file: file, root: try tree($0))
            }
        }
    }

    package static func one(_ kind: String, _ name: String, in folder: String = "") throws -> Manifest {
        let found = try all(in: folder).filter { $0.kind == kind && $0.name == name }
        guard found.count == 1, let manifest = found.first else {
            throw ManifestProblem("\(found.count) objects \(kind) \(name) in deploy/kubernetes/\(folder)")
        }
        return manifest
    }

    /// A document; manifests are deeper than the configuration.
    package static func tree(_ text: String) throws -> YAMLNode {
        let root: YAMLNode?
        do throws(YAMLRefusal) {
            root = try YAMLReader.read(Array(text.utf8), depthLimit: 40)
        } catch {
            throw ManifestProblem("\(error.key): \(error.reason), line \(error.mark?.line ?? 0)")
        }
        guard let root else { throw ManifestProblem("nothing in it: \(text.prefix(60))") }
        return root
    }

    /// The pod that a DaemonSet or Deployment makes.
    package var pod: YAMLNode? { root["spec", "template", "spec"] }

    package func container(_ name: String) throws -> YAMLNode {
        guard let found = pod?["containers"]?.items.first(where: { $0["name"]?.text == name }) else {
            throw ManifestProblem("\(title): no container \(name)")
        }
        return found
    }
}

/// A manifest is not as a test needs it.
package struct ManifestProblem: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

extension YAMLNode {
    /// What lies under keys within keys; nil where one is missing.
    package subscript(_ keys: String...) -> YAMLNode? {
        keys.reduce(Optional(self)) { node, key in node?.entries.first { $0.key == key }?.value }
    }

    package var entries: [YAMLEntry] {
        if case .mapping(let entries) = content { entries } else { [] }
    }

    package var items: [YAMLNode] {
        if case .sequence(let nodes) = content { nodes } else { [] }
    }

    package var text: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    package var texts: [String] { items.compactMap(\.text) }

    /// A section of words.
    package var words: [String: String] {
        Dictionary(entries.compactMap { entry in entry.value.text.map { (entry.key, $0) } }) { $1 }
    }
}

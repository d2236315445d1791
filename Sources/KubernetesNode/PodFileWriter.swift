package import Capacity
internal import FoundationEssentials
package import KubernetesAPI

/// Keeps the agent's file of pods: all of them, a line each, replaced whole when one changes.
///
/// One task at a time. What the file holds depends on the pods alone, so that two writers agree and
/// a status that changes nothing here writes nothing.
package struct PodFileWriter {
    private let path: String
    private let naming: ApplicationNaming
    /// By namespace and name, as watches know objects.
    private var lines: [String: PodLine] = [:]
    private var written: [UInt8]?
    /// Times that the file was replaced.
    package private(set) var writes = 0

    package init(path: String, naming: ApplicationNaming) {
        self.path = path
        self.naming = naming
    }

    package var count: Int { lines.count }

    /// - Throws: what the file system says; the change is kept and goes out with the next one.
    package mutating func take(_ change: WatchChange<NodePod>) throws(FileError) {
        switch change {
        case .synced(let pods):
            lines = [:]
            for pod in pods { lines[Self.key(pod)] = PodLine(pod, naming: naming) }
        case .changed(let pod): lines[Self.key(pod)] = PodLine(pod, naming: naming)
        case .removed(let pod): lines[Self.key(pod)] = nil
        case .failing: return
        }
        let bytes = encoded()
        guard bytes != written else { return }
        // The agent may be another user than this program.
        try AtomicFile.write(bytes, to: path, mode: 0o644)
        written = bytes
        writes += 1
    }

    private static func key(_ pod: NodePod) -> String {
        "\(pod.metadata.namespace ?? "")/\(pod.metadata.name)"
    }

    private func encoded() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var bytes: [UInt8] = []
        for (_, line) in lines.sorted(by: { $0.key < $1.key }) {
            guard let json = try? encoder.encode(line) else { continue }
            bytes += json
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }
}

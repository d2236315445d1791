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
    /// Pods without a line as of the last change: another has their uid, or the line was too long.
    package private(set) var leftOut = 0

    /// A longer line is not read (docs/configuration.md, `pods.file`).
    private static let lineLimit = 65_536

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
    }

    private static func key(_ pod: NodePod) -> String {
        "\(pod.metadata.namespace ?? "")/\(pod.metadata.name)"
    }

    /// A uid has one line: that of the pod whose own it is, else that of the first.
    private mutating func encoded() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let sorted = lines.sorted { $0.key < $1.key }.map(\.value)
        var holders: [String: PodLine] = [:]
        for line in sorted where holders[line.podUID].map({ $0.isMirror && !line.isMirror }) ?? true {
            holders[line.podUID] = line
        }
        var bytes: [UInt8] = []
        leftOut = 0
        for line in sorted {
            guard holders[line.podUID] == line, let json = try? encoder.encode(line), json.count <= Self.lineLimit else {
                leftOut += 1
                continue
            }
            bytes += json
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }
}

internal import Aggregates
internal import YAML

/// The pods of this node as `headroom-connect node`, or anything else that asks an orchestrator, keeps them
/// in a file: one JSON object a line, all of them whenever one changes.
///
///     {"pod_uid":"0f5c…","namespace":"shop","pod":"web-5d8f-x2x","application":"shop/Deployment/web","containers":{"3fa1…":"web"}}
package enum PodFile {
    /// The largest file that is read, bytes.
    static let limit = 16 << 20
    static let lineLimit = 65_536
    /// More pods than any kubelet runs.
    static let podLimit = 10_000

    /// Why a line is no pod, with its number.
    struct Refusal: Error, Hashable, CustomStringConvertible {
        let line: Int
        let reason: String

        var description: String { "line \(line): \(reason)" }
    }

    /// What a file says.
    struct Reading: Equatable {
        var pods: [Pod] = []
        /// Lines that are skipped: no pods, a uid that an earlier line has, more than `podLimit`.
        var skipped = 0
        /// The first of them.
        var first: Refusal?

        /// Not one line is a pod, and there are lines: this is no such file.
        var isUnusable: Bool { pods.isEmpty && skipped > 0 }
    }

    /// One line that is wrong costs its own pod the name, and no other.
    static func parse(_ bytes: [UInt8]) -> Reading {
        var reading = Reading()
        var lineOf: [String: Int] = [:]
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.isEmpty {
            do throws(Complaint) {
                guard reading.pods.count < podLimit else { throw Complaint(reason: "more than \(podLimit) pods") }
                let pod = try pod(Array(line))
                if let earlier = lineOf[pod.uid] { throw Complaint(reason: "line \(earlier) has the same pod_uid") }
                lineOf[pod.uid] = index + 1
                reading.pods.append(pod)
            } catch {
                reading.skipped += 1
                if reading.first == nil { reading.first = Refusal(line: index + 1, reason: error.reason) }
            }
        }
        return reading
    }

    private struct Complaint: Error {
        let reason: String
    }

    private static func pod(_ line: [UInt8]) throws(Complaint) -> Pod {
        guard line.count <= lineLimit else {
            throw Complaint(reason: "it has \(line.count) bytes; expected at most \(lineLimit)")
        }
        let root: YAMLNode?
        do throws(YAMLRefusal) {
            root = try YAMLReader.read(line)
        } catch {
            throw Complaint(reason: "no JSON object: \(error.reason)")
        }
        guard line.first == UInt8(ascii: "{"), case .mapping(let entries) = root?.content else {
            throw Complaint(reason: "no JSON object")
        }
        return Pod(
            uid: try text("pod_uid", entries), namespace: try text("namespace", entries),
            name: try text("pod", entries), application: try text("application", entries),
            containers: try containers(entries))
    }

    private static func text(_ name: String, _ entries: [YAMLEntry]) throws(Complaint) -> String {
        guard let entry = entries.first(where: { $0.key == name }) else {
            throw Complaint(reason: "there is no \(name)")
        }
        guard case .scalar(let text, isPlain: false) = entry.value.content, !text.isEmpty else {
            throw Complaint(reason: "\(name) is no text; expected one such as \"shop\"")
        }
        return TableText.visible(text)
    }

    private static func containers(_ entries: [YAMLEntry]) throws(Complaint) -> [String: String] {
        guard let entry = entries.first(where: { $0.key == "containers" }) else { return [:] }
        guard case .mapping(let members) = entry.value.content else {
            throw Complaint(reason: "containers is no object; expected names by id")
        }
        var names: [String: String] = [:]
        for member in members {
            guard case .scalar(let name, isPlain: false) = member.value.content else {
                throw Complaint(reason: "containers: \(member.key) has no name")
            }
            names[member.key] = TableText.visible(name)
        }
        return names
    }
}

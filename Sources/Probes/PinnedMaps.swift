internal import CLibBPF
internal import Glibc

/// Maps that have a name in a BPF file system, which keeps them when their owner ends.
///
/// Headroom pins nothing; somebody who inspects its maps may have.
package struct PinnedMaps: Sendable {
    private var pathsByID: [UInt32: [String]] = [:]
    /// File systems that were looked through.
    package private(set) var mountPoints: [String] = []
    private static let mostFiles = 20_000

    /// Looks through every BPF file system that is mounted here: O(files in them), 20 000 at most.
    package init() {
        let mounts = (try? TextFile.read("/proc/self/mountinfo")) ?? ""
        mountPoints = Self.mounts(mounts)
        var left = Self.mostFiles
        for point in mountPoints { visit(point, &left) }
    }

    package func paths(ofMap id: UInt32) -> [String] { pathsByID[id, default: []].sorted() }

    static func mounts(_ text: String) -> [String] {
        // ID PARENT MAJOR:MINOR ROOT MOUNTPOINT OPTIONS... - TYPE SOURCE SUPEROPTIONS
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count, fields.count > 4,
                fields[dash + 1] == "bpf"
            else { return nil }
            return String(fields[4])
        }
    }

    private mutating func visit(_ path: String, _ left: inout Int) {
        guard let directory = unsafe opendir(path) else { return }
        defer { unsafe closedir(directory) }
        while left > 0, let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe MapInfo.text($0) }
            if name == "." || name == ".." { continue }
            left -= 1
            let child = "\(path)/\(name)"
            if unsafe entry.pointee.d_type == UInt8(DT_DIR) {
                visit(child, &left)
            } else if unsafe entry.pointee.d_type == UInt8(DT_REG), let id = Self.mapID(child) {
                pathsByID[id, default: []].append(child)
            }
        }
    }

    /// Nil when the file is a program's or a link's.
    private static func mapID(_ path: String) -> UInt32? {
        let descriptor = unsafe bpf_obj_get(path)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // Asked for a map's facts, the kernel gives those of whatever it is.
        guard let text = try? TextFile.read("/proc/self/fdinfo/\(descriptor)") else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("map_id:") {
            return UInt32(line.dropFirst("map_id:".count).filter { !$0.isWhitespace })
        }
        return nil
    }
}

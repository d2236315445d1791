internal import Glibc

/// The cgroup v2 tree as the file system shows it: where it is, what is in it.
package struct CgroupTree: Sendable {
    /// Mount point, for example `/sys/fs/cgroup`.
    package let mountPoint: String
    /// Controllers that the root offers on this tree, for example `cpu`, `io`, `memory`.
    package let controllers: Set<String>
    /// True when the kernel keeps perf_event's state on this tree, as it does by itself
    /// unless a v1 tree holds it.
    package let hasPerfEvent: Bool
    /// True when cgroups have `*.pressure` files.
    package let hasPressure: Bool
    /// Where this process was at the start, in a cgroup namespace of its own: paths in `/proc` are told
    /// from there. Nil in the host's, where they begin at the root.
    private let base: String?

    /// Finds the tree in `/proc/self/mountinfo`.
    ///
    /// A container has a cgroup namespace: what it mounts itself is its own subtree and looks like a
    /// root, and the host's tree, mounted into it, is shown as `/../..`. Only the real root will do.
    package init() throws(BPFError) {
        let found = Self.mounts(try TextFile.read("/proc/self/mountinfo"))
        // All cgroups but the root have a type.
        guard
            let mount = found.first(where: { unsafe access("\($0.point)/cgroup.type", F_OK) != 0 })
        else {
            let whole = "the root of the cgroup v2 tree in /proc/self/mountinfo"
            throw BPFError(
                call: "find",
                subject: found.isEmpty
                    ? whole : "\(whole), where \(found[0].point) is a part of it; mount the host's /sys/fs/cgroup there",
                code: ENOENT)
        }
        mountPoint = mount.point
        base = mount.root == "/" ? nil : Self.place(of: getpid(), below: mount.point)
        let offered = try TextFile.read("\(mountPoint)/cgroup.controllers")
        controllers = Set(offered.split(whereSeparator: \.isWhitespace).map(String.init))
        hasPressure = unsafe access("\(mountPoint)/cpu.pressure", F_OK) == 0
        // "perf_event HIERARCHY CGROUPS ENABLED"; hierarchy 0 is the v2 tree.
        let table = (try? TextFile.read("/proc/cgroups")) ?? ""
        hasPerfEvent = table.split(separator: "\n").contains { line in
            let fields = line.split(whereSeparator: \.isWhitespace)
            return fields.count == 4 && fields[0] == "perf_event" && fields[1] == "0"
                && fields[3] == "1"
        }
    }

    /// Mounts of the tree, or of a part of it that cannot be told from it by its path.
    static func mounts(_ text: String) -> [(point: String, root: String)] {
        // ID PARENT MAJOR:MINOR ROOT MOUNTPOINT OPTIONS... - TYPE SOURCE SUPEROPTIONS
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count, fields.count > 4,
                fields[dash + 1] == "cgroup2",
                fields[3].split(separator: "/").allSatisfy({ $0 == ".." })
            else { return nil }
            return (String(fields[4]), String(fields[3]))
        }
    }

    /// The cgroup that lists a process; O(cgroups), once at start.
    private static func place(of pid: pid_t, below mountPoint: String) -> String? {
        var place: String?
        try? scan(mountPoint) { _, path in
            guard place == nil, let text = try? TextFile.read("\(mountPoint)\(path)/cgroup.procs"),
                text.split(separator: "\n").contains(where: { $0 == "\(pid)" })
            else { return }
            place = path
        }
        return place
    }

    /// Every cgroup there now: its id (the inode of its directory) and path, root first.
    ///
    /// A directory that goes while it is read is left out. O(cgroups) system calls: done
    /// once at start, and when a birth announcement was lost.
    package func scan(_ body: (_ id: UInt64, _ path: String) -> Void) throws(BPFError) {
        try Self.scan(mountPoint, body)
    }

    private static func scan(
        _ mountPoint: String, _ body: (_ id: UInt64, _ path: String) -> Void
    ) throws(BPFError) {
        var status = stat()
        guard unsafe stat(mountPoint, &status) == 0 else { throw .last("stat", mountPoint) }
        body(UInt64(status.st_ino), "/")
        var waiting = [""]
        while let parent = waiting.popLast() {
            guard let directory = unsafe opendir(mountPoint + parent) else { continue }
            defer { unsafe closedir(directory) }
            while let entry = unsafe readdir(directory) {
                guard unsafe entry.pointee.d_type == UInt8(DT_DIR) else { continue }
                let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                    unsafe MapInfo.text($0)
                }
                if name == "." || name == ".." { continue }
                let path = parent + "/" + name
                body(unsafe UInt64(entry.pointee.d_ino), path)
                waiting.append(path)
            }
        }
    }

    /// Where this process is now; nil when it cannot be told.
    package var ownPath: String? { path(ofProcess: "self") }

    /// Where a process is now; nil when it is gone.
    func cgroupID(ofProcess pid: UInt64) -> UInt64? {
        guard let path = path(ofProcess: "\(pid)") else { return nil }
        var status = stat()
        guard unsafe stat(mountPoint + path, &status) == 0 else { return nil }
        return UInt64(status.st_ino)
    }

    private func path(ofProcess name: String) -> String? {
        guard let text = try? TextFile.read("/proc/\(name)/cgroup") else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("0::") }
        guard let path = line?.dropFirst(3) else { return nil }
        return base.map { Self.resolve(path, from: $0) } ?? String(path)
    }

    /// `/../b` from `/kubepods/a` is `/kubepods/b`.
    static func resolve(_ path: Substring, from base: String) -> String {
        var names = base.split(separator: "/")
        for name in path.split(separator: "/") {
            if name == ".." { _ = names.popLast() } else { names.append(name) }
        }
        return "/" + names.joined(separator: "/")
    }
}

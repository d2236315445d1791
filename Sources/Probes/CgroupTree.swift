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

    /// Finds the tree in `/proc/self/mountinfo`.
    package init() throws(BPFError) {
        let mounts = try TextFile.read("/proc/self/mountinfo")
        // ID PARENT MAJOR:MINOR ROOT MOUNTPOINT OPTIONS... - TYPE SOURCE SUPEROPTIONS
        let found = mounts.split(separator: "\n").compactMap { line -> String? in
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count, fields.count > 4,
                fields[dash + 1] == "cgroup2", fields[3] == "/"
            else { return nil }
            return String(fields[4])
        }
        guard let mountPoint = found.first else {
            throw BPFError(call: "find", subject: "a cgroup2 mount in /proc/self/mountinfo", code: ENOENT)
        }
        self.mountPoint = mountPoint
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

    /// Every cgroup there now: its id (the inode of its directory) and path, root first.
    ///
    /// A directory that goes while it is read is left out. O(cgroups) system calls: done
    /// once at start, and when a birth announcement was lost.
    package func scan(_ body: (_ id: UInt64, _ path: String) -> Void) throws(BPFError) {
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
        return line.map { String($0.dropFirst(3)) }
    }
}

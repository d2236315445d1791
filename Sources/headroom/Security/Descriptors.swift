internal import Glibc

/// What a process has open, by kind. Root alone sees another's.
struct Descriptors {
    let entries: [SecurityDoctor.Entry]

    private static let purposes = [
        "BPF maps": "what the probes count, read at each walk",
        "BPF programs": "the probes; their run times are read from these",
        "BPF links": "hold the probes attached; a walk begins with its iterator's",
        "cgroup files": "of the root and of what has limits; before kernel 6.1, of each cgroup",
        "pressure triggers": "stalls of the host, told at once",
        "sockets": "headroom.sock and telemetry.listen, the service manager's, the helper's",
        "pipes": "signals, the telemetry thread, the provider program",
        "runtime files": "the lock and the shared table",
    ]

    init(process: String) {
        let folder = "/proc/\(process)/fd"
        var counts: [String: Int] = [:]
        var others: [String: Int] = [:]
        if let directory = unsafe opendir(folder) {
            defer { unsafe closedir(directory) }
            while let entry = unsafe readdir(directory) {
                let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                        unsafe String(cString: $0)
                    }
                }
                guard Int(name) != nil, let target = Self.target("\(folder)/\(name)") else {
                    continue
                }
                if let kind = Self.kind(target) {
                    counts[kind, default: 0] += 1
                } else {
                    others[target, default: 0] += 1
                }
            }
        }
        entries =
            counts.sorted { $0.key < $1.key }.map { kind, count in
                SecurityDoctor.Entry(name: kind, found: "\(count)", why: Self.purposes[kind] ?? "")
            }
            + others.sorted { $0.key < $1.key }.map { target, count in
                SecurityDoctor.Entry(
                    name: "other",
                    found: count == 1 ? target : "\(target), \(count) times"
                )
            }
    }

    private static func target(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe readlink(path, $0.baseAddress!, $0.count)
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    private static func kind(_ target: String) -> String? {
        switch target {
        case "anon_inode:bpf-map": "BPF maps"
        case "anon_inode:bpf-prog": "BPF programs"
        case "anon_inode:bpf_link", "anon_inode:bpf-link": "BPF links"
        case "anon_inode:btf", "anon_inode:[eventpoll]": "BPF types and rings"
        case _ where target.hasPrefix("/proc/pressure/"): "pressure triggers"
        case _ where target.hasPrefix("/sys/fs/cgroup"): "cgroup files"
        case _ where target.hasPrefix("socket:"): "sockets"
        case _ where target.hasPrefix("pipe:"): "pipes"
        case _ where target.hasSuffix("/agent.lock") || target.hasSuffix("/table"): "runtime files"
        default: nil
        }
    }
}

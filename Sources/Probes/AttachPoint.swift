internal import CLibBPF
internal import Glibc

/// One place where a BPF program hangs.
package struct AttachPoint: Sendable, Hashable {
    package let linkID: UInt32
    package let programID: UInt32
    /// `tp_btf/sched_switch`, `cgroup_inet_ingress`, `iter/cgroup`.
    package let hook: String
    /// The cgroup that it is attached to, or begins to walk at; nil where there is none.
    package let cgroupID: UInt64?

    /// Every link of the kernel whose program is one of `programs`. Needs CAP_SYS_ADMIN and 5.8;
    /// O(links of the host).
    package static func all(of programs: [ProgramInfo]) throws(BPFError) -> [AttachPoint] {
        let wanted = Dictionary(programs.map { ($0.id, $0) }) { first, _ in first }
        var points: [AttachPoint] = []
        var id: UInt32 = 0
        while unsafe bpf_link_get_next_id(id, &id) == 0 {
            let descriptor = bpf_link_get_fd_by_id(id)
            // Gone since.
            guard descriptor >= 0 else {
                if errno == ENOENT { continue }
                throw .last("bpf_link_get_fd_by_id", "\(id)")
            }
            defer { close(descriptor) }
            if let point = try read(descriptor, wanted) { points.append(point) }
        }
        guard errno == ENOENT else { throw .last("bpf_link_get_next_id", "\(id)") }
        return points
    }

    /// Nil when the link is of another's program.
    private static func read(
        _ descriptor: CInt, _ wanted: [UInt32: ProgramInfo]
    ) throws(BPFError) -> AttachPoint? {
        var info = bpf_link_info()
        var length = UInt32(MemoryLayout<bpf_link_info>.size)
        // A name is written where the union's first field points, and its length stands behind.
        var name = [UInt8](repeating: 0, count: 128)
        func ask() throws(BPFError) {
            guard unsafe bpf_obj_get_info_by_fd(descriptor, &info, &length) == 0 else {
                throw .last("bpf_obj_get_info_by_fd", "link fd \(descriptor)")
            }
        }
        try ask()
        let (type, programID, linkID) = (info.type, info.prog_id, info.id)
        guard let program = wanted[programID] else { return nil }
        let named =
            type == BPF_LINK_TYPE_RAW_TRACEPOINT.rawValue || type == BPF_LINK_TYPE_ITER.rawValue
        if named {
            var failure: CInt = 0
            unsafe name.withUnsafeMutableBytes { buffer in
                info = bpf_link_info()
                info.raw_tracepoint.tp_name = UInt64(UInt(bitPattern: buffer.baseAddress))
                info.raw_tracepoint.tp_name_len = UInt32(buffer.count)
                length = UInt32(MemoryLayout<bpf_link_info>.size)
                if unsafe bpf_obj_get_info_by_fd(descriptor, &info, &length) != 0 { failure = errno }
            }
            guard failure == 0 else {
                throw BPFError(call: "bpf_obj_get_info_by_fd", subject: "link \(linkID)", code: failure)
            }
        }
        let written = String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
        var cgroupID: UInt64?
        let hook: String
        switch type {
        case BPF_LINK_TYPE_RAW_TRACEPOINT.rawValue:
            hook = (program.type == "tracing" ? "tp_btf/" : "raw_tp/") + written
        case BPF_LINK_TYPE_TRACING.rawValue:
            hook = kernelName(program.attachTypeID) ?? "tracing"
        case BPF_LINK_TYPE_ITER.rawValue:
            hook = "iter/\(written)"
            if written == "cgroup" { cgroupID = info.iter.cgroup.cgroup_id }
        case BPF_LINK_TYPE_CGROUP.rawValue:
            let direction = unsafe libbpf_bpf_attach_type_str(bpf_attach_type(info.cgroup.attach_type))
            hook = unsafe direction.map { unsafe String(cString: $0) } ?? "cgroup"
            cgroupID = info.cgroup.cgroup_id
        default:
            let kind = unsafe libbpf_bpf_link_type_str(bpf_link_type(type))
            hook = unsafe kind.map { unsafe String(cString: $0) } ?? "link type \(type)"
        }
        return AttachPoint(linkID: linkID, programID: programID, hook: hook, cgroupID: cgroupID)
    }

    /// Before 5.15 or so a link does not name its tracepoint, but the program knows the type of it.
    private static func kernelName(_ typeID: UInt32) -> String? {
        LibBPFLog.capture()
        guard typeID != 0, let btf = unsafe btf__load_vmlinux_btf() else { return nil }
        defer { unsafe btf__free(btf) }
        guard let type = unsafe btf__type_by_id(btf, typeID),
            let name = unsafe btf__name_by_offset(btf, type.pointee.name_off)
        else { return nil }
        let text = unsafe String(cString: name)
        let prefix = "btf_trace_"
        return text.hasPrefix(prefix) ? "tp_btf/" + text.dropFirst(prefix.count) : text
    }
}

internal import CLibBPF

/// One live attachment. Destroying the value detaches the program.
@safe
struct BPFLink: ~Copyable {
    private let raw: OpaquePointer

    init(raw: OpaquePointer) { unsafe self.raw = raw }

    deinit { _ = unsafe bpf_link__destroy(raw) }

    var descriptor: CInt { unsafe bpf_link__fd(raw) }

    /// Of a link to a cgroup: the kernel names none any more. False when it cannot be asked.
    var isDetachedFromCgroup: Bool {
        var info = bpf_link_info()
        var length = UInt32(MemoryLayout<bpf_link_info>.size)
        return unsafe bpf_obj_get_info_by_fd(descriptor, &info, &length) == 0 && info.cgroup.cgroup_id == 0
    }
}

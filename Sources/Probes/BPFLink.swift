internal import CLibBPF
internal import Glibc

/// One live attachment. Destroying the value detaches the program.
@safe
struct BPFLink: ~Copyable {
    /// Libbpf's, unless another process made it.
    private let raw: OpaquePointer?
    let descriptor: CInt

    init(raw: OpaquePointer) {
        unsafe self.raw = raw
        descriptor = unsafe bpf_link__fd(raw)
    }

    /// - Parameter descriptor: becomes the value's.
    init(owning descriptor: CInt) {
        unsafe raw = nil
        self.descriptor = descriptor
    }

    deinit {
        if let raw = unsafe raw { _ = unsafe bpf_link__destroy(raw) } else { close(descriptor) }
    }

    /// Of a link to a cgroup: the kernel names none any more. False when it cannot be asked.
    var isDetachedFromCgroup: Bool {
        var info = bpf_link_info()
        var length = UInt32(MemoryLayout<bpf_link_info>.size)
        return unsafe bpf_obj_get_info_by_fd(descriptor, &info, &length) == 0 && info.cgroup.cgroup_id == 0
    }
}

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
}

internal import CLibBPF

/// One live attachment. Destroying the value detaches the program.
@safe
struct BPFLink: ~Copyable {
    private let raw: OpaquePointer

    init(raw: OpaquePointer) { unsafe self.raw = raw }

    deinit { _ = unsafe bpf_link__destroy(raw) }

    var descriptor: CInt { unsafe bpf_link__fd(raw) }
}

internal import CLibBPF
internal import Glibc

/// A BPF iterator program bound to what it walks; each `run()` is one whole walk.
struct BPFIterator: ~Copyable {
    private let link: BPFLink
    private let program: String

    init(link: consuming BPFLink, program: String) {
        self.link = link
        self.program = program
    }

    /// Runs the program over every element; returns when the walk is complete.
    ///
    /// The programs write no text, so one read runs the walk to its end; the kernel
    /// asks for another read only after a million elements.
    func run() throws(BPFError) {
        let descriptor = try create()
        defer { close(descriptor) }
        var byte: UInt8 = 0
        while true {
            let count = unsafe read(descriptor, &byte, 1)
            if count == 0 { return }
            if count < 0, errno != EAGAIN, errno != EINTR { throw .last("read", program) }
        }
    }

    /// Whether a walk could begin.
    func open() throws(BPFError) { close(try create()) }

    private func create() throws(BPFError) -> CInt {
        let descriptor = bpf_iter_create(link.descriptor)
        guard descriptor >= 0 else { throw .last("bpf_iter_create", program) }
        return descriptor
    }
}

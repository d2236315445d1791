internal import Glibc

/// A small file of /proc or /sys that is read again and again from one descriptor.
struct KeptFile: ~Copyable {
    private let descriptor: CInt
    let path: String

    init(_ path: String) throws(BPFError) {
        self.path = path
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last("open", path) }
    }

    deinit { close(descriptor) }

    /// Hands over what the file says now, at most 8 KiB of it; empty when it cannot be read.
    func read<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe StatFile.read(descriptor, body)
    }
}

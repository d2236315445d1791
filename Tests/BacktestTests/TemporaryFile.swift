import Glibc

/// A file in a directory of its own that is removed with the value.
final class TemporaryFile {
    let directory: String
    let path: String

    convenience init(name: String, _ text: String) {
        self.init(name: name, bytes: Array(text.utf8))
    }

    init(name: String, bytes: [UInt8]) {
        directory = "/tmp/headroom-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        path = "\(directory)/\(name)"
        unsafe mkdir(directory, 0o700)
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }

    deinit {
        unsafe unlink(path)
        unsafe rmdir(directory)
    }
}

import Glibc
import Synchronization

/// A file of an input's, in a folder of its own, for what reads files; gone with the call.
enum ScratchFile {
    private static let numbers = Atomic<Int>(0)
    private static let root = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"

    /// - Parameter name: of the file; its folder is another each time.
    static func with<Result>(
        _ bytes: [UInt8], named name: String = "input", _ body: (_ folder: String, _ path: String) throws -> Result
    ) throws -> Result {
        let number = numbers.add(1, ordering: .relaxed).newValue
        let folder = "\(root)/headroom-fuzz-\(getpid())-\(number)"
        let path = folder + "/" + name
        guard unsafe mkdir(folder, 0o700) == 0 else { throw NoFolder(path: folder, code: errno) }
        defer {
            unsafe unlink(path)
            unsafe rmdir(folder)
        }
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw NoFolder(path: path, code: errno) }
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { unsafe write(file, $0.baseAddress! + written, bytes.count - written) }
            guard count > 0 else { break }
            written += count
        }
        close(file)
        guard written == bytes.count else { throw NoFolder(path: path, code: errno) }
        return try body(folder, path)
    }

    /// Not a finding: there is no room to work in.
    private struct NoFolder: Error {
        let path: String
        let code: CInt
    }
}

internal import Glibc

/// A file that is replaced whole or not at all.
package enum AtomicFile {
    /// Replaces the file at `path`, unless told otherwise readable by its owner alone. After a crash at any time either
    /// the old or the new one is there: the bytes reach the disk under another name before the
    /// rename, and the directory after it.
    package static func write(
        _ bytes: [UInt8], to path: String, mode: UInt32 = 0o600
    ) throws(FileError) {
        try replace(path, mode: mode) { (descriptor, partial) throws(FileError) in
            try write(bytes, to: descriptor, partial)
        }
    }

    /// The same with contents that `fill` writes to an open descriptor, which stays this function's; the path beside it is for
    /// errors.
    package static func replace(
        _ path: String, mode: UInt32 = 0o600, fill: (CInt, String) throws(FileError) -> Void
    ) throws(FileError) {
        let partial = path + ".partial"
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
        let descriptor = unsafe open(partial, flags, mode)
        guard descriptor >= 0 else { throw .last("open", partial) }
        do throws(FileError) {
            defer { close(descriptor) }
            try fill(descriptor, partial)
            guard fsync(descriptor) == 0 else { throw .last("fsync", partial) }
            guard unsafe rename(partial, path) == 0 else { throw .last("rename", partial) }
        } catch {
            unsafe unlink(partial)
            throw error
        }
        let directory = unsafe open(directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }

    /// Takes the file away, if it is there.
    static func remove(_ path: String) { unsafe unlink(path) }

    /// Renames a file that makes no sense to `<path>.refused`, so that it can be looked at and
    /// does not stop the next start.
    /// - Returns: where it is now; nil if it could not be moved.
    package static func setAside(_ path: String) -> String? {
        let aside = path + ".refused"
        return unsafe rename(path, aside) == 0 ? aside : nil
    }

    /// Writes all of `bytes` to an open file; `path` names it in errors.
    package static func write(
        _ bytes: [UInt8],
        to descriptor: CInt,
        _ path: String
    ) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    descriptor,
                    buffer.baseAddress! + written,
                    buffer.count - written
                )
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .last("write", path) }
            written += count
        }
    }

    /// The directory that a file lies in.
    package static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

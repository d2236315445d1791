internal import Glibc

/// Where the contents go of a file that somebody named as an output.
package enum OutputPlace: Sendable, Hashable {
    /// A file, there or not yet: its contents are to be written beside it and renamed over it.
    case file(String)
    /// A character device, a terminal, a pipe or what a process has open already (/dev/stdout), which a rename would take away: to be
    /// written as it is, at its end.
    case stream(String)

    /// Looks at what stands at `path`.
    ///
    /// Symbolic links are followed, so that what they lead to is replaced and the link stays; but not those of other users
    /// than root and this one, which lead a privileged process wherever they like.
    /// - Throws: the call that failed; `EISDIR` for a directory, `ENOTSUP` for a disk or a socket.
    package static func of(_ path: String) throws(FileError) -> OutputPlace {
        var found = stat()
        guard unsafe lstat(path, &found) == 0 else {
            // A name that is free, or a directory that cannot be looked into: whoever opens it is told.
            return .file(path)
        }
        let isLink = found.st_mode & S_IFMT == S_IFLNK
        if isLink {
            guard found.st_uid == 0 || found.st_uid == geteuid() else {
                throw FileError(call: "follow another user's symbolic link", path: path, code: EPERM)
            }
            guard unsafe stat(path, &found) == 0 else { throw .last("stat", path) }
        }
        switch found.st_mode & S_IFMT {
        case S_IFREG where isLink: return leadsToOpenFile(path) ? .stream(path) : .file(try target(path))
        case S_IFREG: return .file(path)
        case S_IFCHR, S_IFIFO: return .stream(path)
        case S_IFDIR: throw FileError(call: "write", path: path, code: EISDIR)
        default: throw FileError(call: "write", path: path, code: ENOTSUP)
        }
    }

    /// Whether a chain of links ends in one of procfs, as /dev/stdout does in /proc/self/fd/1: that is somebody's open file, who has
    /// written there and goes on to.
    private static func leadsToOpenFile(_ path: String) -> Bool {
        var path = path
        var own = stat()
        guard unsafe stat("/proc/self", &own) == 0 else { return false }
        // As many as the kernel follows.
        for _ in 0..<40 {
            var link = stat()
            guard unsafe lstat(path, &link) == 0 else { return false }
            if link.st_dev == own.st_dev { return true }
            var text = [UInt8](repeating: 0, count: Int(PATH_MAX))
            let count = unsafe text.withUnsafeMutableBytes { unsafe readlink(path, $0.baseAddress!, $0.count) }
            guard count > 0 else { return false }
            let next = String(decoding: text[..<count], as: UTF8.self)
            path = next.hasPrefix("/") ? next : "\(AtomicFile.directory(of: path))/\(next)"
        }
        return false
    }

    /// What a chain of links leads to.
    private static func target(_ path: String) throws(FileError) -> String {
        guard let resolved = unsafe realpath(path, nil) else { throw .last("realpath", path) }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// Writes all of `bytes`, whole or not at all where that can be had; as a file readable by all.
    package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        switch try of(path) {
        case .file(let path): try AtomicFile.write(bytes, to: path, mode: 0o644)
        case .stream(let path):
            let descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY)
            guard descriptor >= 0 else { throw .last("open", path) }
            defer { close(descriptor) }
            try AtomicFile.write(bytes, to: descriptor, path)
        }
    }
}

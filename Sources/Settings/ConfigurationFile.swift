internal import Glibc

/// The bytes of a configuration file, read with distrust.
struct ConfigurationFile {
    /// A configuration is a few kilobytes; more is a mistake.
    static let byteLimit = 1 << 20

    let path: String
    let bytes: [UInt8]
    /// Others than root may write it: whoever can, decides what the agent does as root.
    let isWritableByOthers: Bool

    /// - Returns: nil when `path` does not exist and need not.
    static func read(_ path: String, isOptional: Bool) throws(ConfigurationError)
        -> ConfigurationFile?
    {
        // Not to wait for the other end of a pipe: what it is, is looked at once it is open.
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else {
            if isOptional, errno == ENOENT || errno == ENOTDIR { return nil }
            throw system("cannot be opened", path)
        }
        defer { close(file) }
        var facts = stat()
        guard unsafe fstat(file, &facts) == 0 else { throw system("cannot be looked at", path) }
        guard facts.st_mode & S_IFMT != S_IFDIR else { throw refusal(path, "a directory") }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw refusal(path, "not a regular file") }
        let bytes = try contents(of: file, path)
        let othersMayWrite =
            facts.st_uid != 0 || facts.st_mode & S_IWOTH != 0
            || (facts.st_mode & S_IWGRP != 0 && facts.st_gid != 0)
        return ConfigurationFile(path: path, bytes: bytes, isWritableByOthers: othersMayWrite)
    }

    private static func contents(of file: CInt, _ path: String) throws(ConfigurationError)
        -> [UInt8]
    {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes {
                unsafe Glibc.read(file, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw system("cannot be read", path) }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= byteLimit else {
                throw refusal(path, "larger than 1 MiB")
            }
        }
    }

    private static func refusal(_ path: String, _ reason: String) -> ConfigurationError {
        ConfigurationError(problems: ["\(path): \(reason); expected a YAML file of at most 1 MiB"])
    }

    private static func system(_ failure: String, _ path: String) -> ConfigurationError {
        let code = errno
        let reason = unsafe String(cString: strerror(code))
        let isPermission = code == EACCES || code == EPERM
        return ConfigurationError(
            problems: ["\(path): \(failure): \(reason)\(isPermission ? "; run with sudo" : "")"],
            isPermission: isPermission
        )
    }
}

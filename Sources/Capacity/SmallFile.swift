internal import Glibc

/// Files of a few lines, such as the kernel's.
enum SmallFile {
    /// At most the first `limit` bytes.
    static func read(_ path: String, limit: Int = 16_384) throws(FileError) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .last("open", path) }
        defer { close(descriptor) }
        return try read(descriptor, path, limit: limit)
    }

    /// The same from its beginning, by a descriptor that stays open.
    static func read(_ descriptor: CInt, _ path: String, limit: Int = 16_384) throws(FileError) -> String {
        var bytes = [UInt8](repeating: 0, count: limit)
        var filled = 0
        while filled < limit {
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe pread(
                    descriptor,
                    buffer.baseAddress!.advanced(by: filled),
                    buffer.count - filled,
                    off_t(filled)
                )
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .last("read", path) }
            if count == 0 { break }
            filled += count
        }
        return String(decoding: bytes[..<filled], as: UTF8.self)
    }

    /// What follows `label` on its line, without the blanks before it.
    static func field(_ label: String, in text: String) -> Substring? {
        for line in text.split(separator: "\n") where line.hasPrefix(label) {
            let value = line.dropFirst(label.count).drop { $0 == " " || $0 == "\t" }
            return value.isEmpty ? nil : value
        }
        return nil
    }
}

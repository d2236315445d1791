internal import Capacity
internal import Glibc

/// One tier's open file. One thread.
final class HistoryFileWriter {
    let file: HistoryFile
    private let path: String
    private let descriptor: CInt
    private(set) var byteCount = 0

    /// Begins a file with its header. - Throws: and leaves no file.
    init(_ tier: HistoryTier, at startMilliseconds: Int64, in directory: String, header: HistoryHeader) throws(HistoryError) {
        // The clock may have been set back onto a file that is there.
        var start = startMilliseconds
        var opened: CInt = -1
        var path = ""
        for _ in 0..<1000 {
            path = directory + "/" + HistoryFile.name(tier, start)
            opened = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
            if opened >= 0 || errno != EEXIST { break }
            start += 1
        }
        guard opened >= 0 else { throw .system("open", path) }
        descriptor = opened
        self.path = path
        file = HistoryFile(tier, start, isClosed: false, byteCount: 0)
        var builder = ByteBuilder()
        builder.append(raw: HistoryFile.magic)
        HistoryNames.encode(header, to: &builder)
        do throws(HistoryError) {
            try append(builder.bytes)
        } catch {
            unsafe unlink(path)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// After an error the file ends within a frame: nothing more may be appended.
    func append(_ bytes: [UInt8]) throws(HistoryError) {
        do throws(FileError) {
            try AtomicFile.write(bytes, to: descriptor, path)
        } catch {
            throw HistoryError(error)
        }
        byteCount += bytes.count
    }
}

internal import Capacity

/// The frames of a history's file with a part of it in memory: 256 KiB, or its largest frame.
enum FrameReader {
    /// Hands all whole frames to `body`, until one that is damaged.
    /// - Returns: bytes up to the end of the last whole one, 0 where the file is no history's; and all that there are.
    /// - Throws: when the system cannot read on.
    static func read(
        _ path: String, _ body: (FrameKind, ByteCursor) -> Void
    ) throws(HistoryError) -> (whole: Int, all: Int) {
        do throws(FileError) {
            var reader = try GzipReader(path)
            var bytes: [UInt8] = []
            // Of the file, where `bytes` begin.
            var start = 0
            var whole = 0
            var isOver = false
            while case .goesOn = try reader.append(to: &bytes) {
                if whole == 0, !isOver {
                    if bytes.count < HistoryFile.magic.count { continue }
                    if bytes.starts(with: HistoryFile.magic) { whole = HistoryFile.magic.count } else { isOver = true }
                }
                if isOver {
                    // Counted alone.
                    start += bytes.count
                    bytes.removeAll(keepingCapacity: true)
                    continue
                }
                var frames = FrameCursor(bytes, from: whole - start)
                while let (kind, payload) = frames.next() { body(kind, payload) }
                let read = frames.position
                isOver = frames.damage != nil && !frames.isCut
                bytes = Array(bytes[read...])
                start += read
                whole = start
            }
            return (whole, start + bytes.count)
        } catch {
            throw HistoryError(error)
        }
    }
}

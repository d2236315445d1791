internal import Forecast
internal import Glibc

/// Writes the engine's inputs to a file, for `replay`.
///
/// Layout: `HRREC003`, then frames of kind (1 byte), payload length (4), payload and CRC-32 of
/// all of these (4), little-endian. Frames gather in memory and go out once a tick, so a crash
/// loses at most the tick under way; a torn last frame is told by its checksum.
package struct Recorder: ~Copyable {
    static let magic: [UInt8] = Array("HRREC003".utf8)
    private let path: String
    private let file: CInt
    private var pending: [UInt8] = []
    package private(set) var byteCount = 0

    /// Makes the file, which must not be there yet.
    package init(path: String, configuration: EngineConfiguration) throws(AgentError) {
        let start = RecordingFrame.configuration(configuration)
        let isReadable = start.isReadable
        self.path = path
        file = isReadable ? unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644) : -1
        guard isReadable else {
            throw AgentError(.failed, "\(path): this configuration is too large to be replayed: \(RecordingFrame.limits)")
        }
        guard file >= 0 else {
            if errno == EEXIST {
                throw AgentError(.failed, "\(path): there is such a file already; name another")
            }
            throw .system("open", path)
        }
        pending += Self.magic
        append(start)
        try flush()
    }

    deinit { close(file) }

    mutating func append(_ frame: RecordingFrame) {
        let payload = frame.payload
        let start = pending.count
        pending.append(frame.kind.rawValue)
        pending.appendLittleEndian(UInt32(payload.count))
        pending += payload
        var checksum = Checksum32()
        checksum.add(pending[start...])
        pending.appendLittleEndian(checksum.value)
    }

    /// Writes what has gathered.
    package mutating func flush() throws(AgentError) {
        try FileOutput.write(pending, to: file, path)
        byteCount += pending.count
        pending.removeAll(keepingCapacity: true)
    }
}

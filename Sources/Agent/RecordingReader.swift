internal import Forecast
internal import Glibc

/// Reads a recording frame by frame; memory does not grow with the file.
@safe
struct RecordingReader: ~Copyable {
    private let path: String
    private let file: UnsafeMutablePointer<FILE>
    private(set) var frames = 0
    private var offset = Recorder.magic.count
    /// Bytes; as many as the pods of the largest file that is read may take.
    static let payloadLimit: UInt32 = 32 << 20

    init(path: String) throws(AgentError) {
        unsafe file = try Self.openChecked(path)
        self.path = path
    }

    private static func openChecked(_ path: String) throws(AgentError) -> UnsafeMutablePointer<FILE> {
        guard let file = unsafe fopen(path, "re") else { throw .system("open", path) }
        var magic = [UInt8](repeating: 0, count: Recorder.magic.count)
        guard unsafe fread(&magic, 1, magic.count, file) == magic.count, magic == Recorder.magic
        else {
            unsafe fclose(file)
            throw AgentError(
                .failed, "\(path): not a headroom recording (it should begin with HRREC003)")
        }
        return unsafe file
    }

    deinit { unsafe fclose(file) }

    /// The next frame; nil at the end of the file.
    mutating func next() throws(AgentError) -> RecordingFrame? {
        let start = offset
        guard let head = read(5) else {
            if offset == start { return nil }
            throw damaged("ends in the middle of a frame", at: start)
        }
        var reader = ByteReader(head[1...])
        let length = reader.read(UInt32.self)!
        guard let kind = RecordingFrame.Kind(rawValue: head[0]), length <= Self.payloadLimit else {
            throw damaged("frame of unknown kind \(head[0]) or impossible length \(length)", at: start)
        }
        guard let payload = read(Int(length)), let tail = read(4) else {
            throw damaged("ends in the middle of a frame", at: start)
        }
        var checksum = Checksum32()
        checksum.add(head[...])
        checksum.add(payload[...])
        var trailer = ByteReader(tail[...])
        guard trailer.read(UInt32.self) == checksum.value else {
            throw damaged("frame with a wrong checksum", at: start)
        }
        guard let frame = RecordingFrame(kind: kind, payload: payload) else {
            throw damaged("\(kind) frame that makes no sense", at: start)
        }
        frames += 1
        return frame
    }

    private func damaged(_ what: String, at offset: Int) -> AgentError {
        AgentError(
            .failed,
            "\(path): \(what) at byte \(offset), after \(frames) good frames; what came before was replayed"
        )
    }

    private mutating func read(_ count: Int) -> [UInt8]? {
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = unsafe fread(buffer.baseAddress, 1, count, file)
        }
        offset += bytes.count
        return bytes.count == count ? bytes : nil
    }
}

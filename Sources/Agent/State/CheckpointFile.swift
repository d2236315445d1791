internal import Capacity
package import Forecast
internal import Glibc

/// A checkpoint's file: written whole or not at all, read whole or set aside. Any thread.
package struct CheckpointFile: Sendable {
    /// Largest file that is read: a hundred thousand series and more.
    private static let limit = 1 << 30

    package enum Outcome: Sendable {
        /// There is no file: a first start.
        case none
        case restored(Checkpoint)
        /// It was refused: why, and where it is now, for people.
        case refused(String)
    }

    package let path: String

    package init(path: String) { self.path = path }

    /// Replaces the file: after a crash at any time either the old or the new one is there.
    package func write(_ bytes: [UInt8]) throws(AgentError) {
        do throws(FileError) {
            try AtomicFile.write(bytes, to: path)
        } catch {
            throw AgentError(error)
        }
    }

    /// Reads the file. One that cannot be used is renamed to `<path>.refused`, so that it can be
    /// looked at and does not stop the next start; the reason is for people.
    package func read() -> Outcome {
        let bytes: [UInt8]
        switch contents() {
        case .success(let read): bytes = read
        case .failure(let failure):
            return failure.code == ENOENT
                ? .none : .refused("\(path): cannot be read: \(failure.text)")
        }
        do throws(CheckpointError) {
            return .restored(try Checkpoint(decoding: bytes))
        } catch {
            let aside = AtomicFile.setAside(path)
            return .refused(
                "\(path): \(error); forecasts start anew" + (aside.map { ", the file is kept as \($0)" } ?? ""))
        }
    }

    /// As `read`, for other processes: nothing is moved. Nil when there is no file.
    package func look() throws(AgentError) -> Checkpoint? {
        let bytes: [UInt8]
        switch contents() {
        case .success(let read): bytes = read
        case .failure(let failure) where failure.code == ENOENT: return nil
        case .failure(let failure):
            throw AgentError(
                failure.code == EACCES ? .permission : .failed, "\(path): \(failure.text)")
        }
        do throws(CheckpointError) {
            return try Checkpoint(decoding: bytes)
        } catch {
            throw AgentError(.failed, "\(path): \(error)")
        }
    }

    private struct ReadFailure: Error {
        let code: CInt
        let text: String

        static func last() -> ReadFailure {
            let code = errno
            return ReadFailure(code: code, text: unsafe String(cString: strerror(code)))
        }
    }

    private func contents() -> Result<[UInt8], ReadFailure> {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return .failure(.last()) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return .failure(.last()) }
            guard count > 0 else { return .success(bytes) }
            guard bytes.count + count <= Self.limit else {
                return .failure(ReadFailure(code: EFBIG, text: "more than \(Self.limit) bytes"))
            }
            bytes += chunk[..<count]
        }
    }
}

package import Forecast
internal import Glibc

/// A checkpoint's file: written whole or not at all, read whole or set aside.
///
/// It needs nothing of the backtest and lives here until the agent, whose state it keeps, takes
/// it over: the core does no I/O.
package struct CheckpointFile: Sendable {
    /// Largest file that is read: a hundred thousand series and more.
    private static let limit = 1 << 30

    package enum Outcome: Sendable {
        /// There is no file: a first start.
        case none
        case restored(Checkpoint)
        /// It was refused; `keptAs` is where it is now, `nil` if it could not be moved.
        case refused(reason: String, keptAs: String?)
    }

    package let path: String

    package init(path: String) { self.path = path }

    /// Replaces the file. After a crash at any time either the old or the new one is there: the
    /// bytes reach the disk under another name before the rename, and the directory after it.
    package func write(_ checkpoint: Checkpoint) throws(BacktestError) {
        let partial = path + ".partial"
        let descriptor = unsafe open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(SystemText.lastError()) }
        let isWritten = Self.writeAll(checkpoint.encoded(), to: descriptor)
        // Read before the next call replaces it.
        let reason = SystemText.lastError()
        close(descriptor)
        guard isWritten else {
            unsafe unlink(partial)
            throw failure(reason)
        }
        guard unsafe rename(partial, path) == 0 else {
            let reason = SystemText.lastError()
            unsafe unlink(partial)
            throw failure(reason)
        }
        let directory = unsafe open(Self.directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }

    /// Reads the file. One that cannot be used is renamed to `<path>.refused`, so that it can be
    /// looked at and does not stop the next start; the reason is for people.
    package func read() -> Outcome {
        let bytes: [UInt8]
        switch contents() {
        case .success(let read): bytes = read
        case .failure(let failure):
            return failure.code == ENOENT
                ? .none : .refused(reason: "\(path): cannot be read: \(failure.text)", keptAs: nil)
        }
        do throws(CheckpointError) {
            return .restored(try Checkpoint(decoding: bytes))
        } catch {
            let aside = path + ".refused"
            let isMoved = unsafe rename(path, aside) == 0
            return .refused(
                reason: "\(path): \(error); forecasts start anew"
                    + (isMoved ? ", the file is kept as \(aside)" : ""),
                keptAs: isMoved ? aside : nil
            )
        }
    }

    private struct ReadFailure: Error {
        let code: CInt
        let text: String
    }

    private func contents() -> Result<[UInt8], ReadFailure> {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            return .failure(ReadFailure(code: errno, text: SystemText.lastError()))
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                return .failure(ReadFailure(code: errno, text: SystemText.lastError()))
            }
            guard count > 0 else { return .success(bytes) }
            guard bytes.count + count <= Self.limit else {
                return .failure(ReadFailure(code: EFBIG, text: "more than \(Self.limit) bytes"))
            }
            bytes += chunk[..<count]
        }
    }

    private func failure(_ reason: String) -> BacktestError {
        .cannotWrite(path: path, reason: reason)
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: CInt) -> Bool {
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress! + start, $0.count - start)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            start += count
        }
        return fsync(descriptor) == 0
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

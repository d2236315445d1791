internal import Dispatch
internal import Glibc

/// SIGTERM and SIGINT as the cancellation of what runs: as process 1 of a container a program that does not
/// ask for them never gets them.
enum StopSignals {
    /// Runs `body` in a task of its own, cancelled by the first of them or with the caller's.
    static func cancelling<Value: Sendable>(_ body: sending @escaping @isolated(any) () async throws -> Value) async throws -> Value {
        let task = Task { try await body() }
        let sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { task.cancel() }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}

internal import Synchronization

/// Writes checkpoints on a thread of its own, one at a time: a disk that takes its time must not
/// make ticks late. The owner's thread calls; `finish` before the value goes.
final class CheckpointWriter {
    private let file: CheckpointFile
    private var thread: WorkerThread?
    private var job: Job?

    /// One writing, shared with its thread.
    private final class Job: Sendable {
        let file: CheckpointFile
        let bytes: [UInt8]
        private let outcome = Mutex<Result<Void, AgentError>?>(nil)

        init(_ file: CheckpointFile, _ bytes: [UInt8]) {
            self.file = file
            self.bytes = bytes
        }

        func run() {
            let result: Result<Void, AgentError>
            do throws(AgentError) {
                try file.write(bytes)
                result = .success(())
            } catch {
                result = .failure(error)
            }
            outcome.withLock { $0 = result }
        }

        var result: Result<Void, AgentError>? { outcome.withLock { $0 } }
    }

    init(_ file: CheckpointFile) { self.file = file }

    deinit { _ = finish() }

    /// The one before is still being written.
    var isBusy: Bool { job != nil }

    /// Begins to write; not while one is under way.
    func start(_ bytes: [UInt8]) {
        precondition(job == nil, "a checkpoint is being written")
        let job = Job(file, bytes)
        do throws(AgentError) {
            thread = try WorkerThread(name: "checkpoint", job.run)
        } catch {
            // Late is better than not.
            job.run()
        }
        self.job = job
    }

    /// What became of the writing under way; nil while it is, or when there is none.
    func poll() -> Result<Void, AgentError>? {
        guard let result = job?.result else { return nil }
        end()
        return result
    }

    /// Waits for the writing under way, if there is one.
    func finish() -> Result<Void, AgentError>? {
        guard let job else { return nil }
        end()
        return job.result
    }

    private func end() {
        thread.take()?.join()
        job = nil
    }
}

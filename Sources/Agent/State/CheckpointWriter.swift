internal import Glibc
internal import Synchronization

/// Writes checkpoints on a thread of its own, one at a time: a disk that takes its time must not
/// make ticks late. The owner's thread calls; `finish` before the value goes.
final class CheckpointWriter {
    private let file: CheckpointFile
    private var thread: pthread_t?
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
        // Signals are the agent's thread's.
        var all = sigset_t()
        var before = sigset_t()
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(job).toOpaque()
        let result = unsafe pthread_create(
            &thread, nil,
            { context in
                unsafe Unmanaged<Job>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, context)
        if result == 0 {
            self.thread = thread
        } else {
            unsafe Unmanaged<Job>.fromOpaque(context).release()
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
        if let thread { pthread_join(thread, nil) }
        thread = nil
        job = nil
    }
}

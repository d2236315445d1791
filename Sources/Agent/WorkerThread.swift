internal import Confinement
internal import Glibc

/// A thread beside the agent's, for what must not make ticks late. Signals stay the agent's
/// thread's. Runs one body to its end; who has it joins it.
package struct WorkerThread: ~Copyable {
    private let thread: pthread_t

    private final class Body {
        let name: String
        let run: () -> Void

        init(_ name: String, _ run: @escaping () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// - Parameters:
    ///   - name: for people, at most 15 bytes.
    ///   - stackBytes: nil: as many as the system gives.
    ///   - body: what it shares with the caller, it serialises itself.
    package init(
        name: String,
        stackBytes: Int? = nil,
        _ body: @escaping () -> Void
    ) throws(AgentError) {
        var all = sigset_t()
        var before = sigset_t()
        unsafe sigfillset(&all)
        // A system call that is not allowed is told to the thread that made it (`Confinement`).
        unsafe sigdelset(&all, SIGSYS)
        unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        if let stackBytes { unsafe pthread_attr_setstacksize(&attributes, stackBytes) }
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(Body(name, body)).toOpaque()
        let result = unsafe pthread_create(
            &thread, &attributes,
            { context in
                let body = unsafe Unmanaged<Body>.fromOpaque(context!).takeRetainedValue()
                Confinement.nameThread(body.name)
                body.run()
                return nil
            }, context)
        guard result == 0 else {
            unsafe Unmanaged<Body>.fromOpaque(context).release()
            throw AgentError(
                .failed, "a thread for \(name): \(unsafe String(cString: strerror(result)))")
        }
        self.thread = thread
    }

    /// Waits for the body's end.
    package consuming func join() { pthread_join(thread, nil) }
}

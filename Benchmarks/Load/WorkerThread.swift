internal import BenchSupport
internal import Glibc

/// A thread with a body of its own, joined by its owner.
@safe
struct WorkerThread: ~Copyable {
    private let handle: pthread_t

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// - Parameter cpu: the only CPU the thread may use; nil for any.
    init(cpu: Int? = nil, _ run: @escaping @Sendable () -> Void) throws {
        let body = Body {
            if let cpu { WorkerThread.pin(to: cpu) }
            run()
        }
        var handle = pthread_t()
        let result = unsafe pthread_create(
            &handle,
            nil,
            { argument in
                unsafe Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            },
            Unmanaged.passRetained(body).toOpaque()
        )
        guard result == 0 else { throw BenchError("pthread_create: errno \(result)") }
        self.handle = handle
    }

    /// Lets it run until the process ends.
    consuming func detach() { pthread_detach(handle) }

    consuming func join() { pthread_join(handle, nil) }

    /// Binds the calling thread to one CPU, and lets it go first there: as much as a nice value
    /// can keep other people's load out.
    static func pin(to cpu: Int) {
        benchPinThread(CInt(cpu))
        // On Linux a nice value belongs to the thread.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, -20)
    }

    /// The last CPU: interrupts gather on the first.
    static let quietCPU = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) - 1
}

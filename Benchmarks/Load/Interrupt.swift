internal import Glibc
internal import Synchronization

/// Ctrl-C and `kill`: removes the cgroups and ends every child before this process ends.
///
/// Signals are blocked in every thread and taken by one of their own, so that the work is done
/// in ordinary code. Install before any other thread starts.
enum Interrupt {
    /// Children to end as well, and the signal that ends each with nothing left behind.
    static let children = Mutex<[pid_t: CInt]>([:])

    private static let isUnderWay = Atomic<Bool>(false)

    /// Never returns once a signal came: what fails then fails because its cgroups were removed.
    static func waitIfUnderWay() {
        while isUnderWay.load(ordering: .relaxed) { pause() }
    }

    static func install() throws {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&set, number) }
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
        let signals = set
        let waiter = try WorkerThread {
            var number: CInt = 0
            var signals = signals
            unsafe sigwait(&signals, &number)
            isUnderWay.store(true, ordering: .relaxed)
            let children = Interrupt.children.withLock { $0 }
            for (child, signal) in children { kill(child, signal) }
            for child in children.keys { waitpid(child, nil, 0) }
            // The main thread may be making more of them this moment.
            for _ in 0..<10 {
                CgroupForest.sweep()
                usleep(10_000)
            }
            _exit(128 + number)
        }
        waiter.detach()
    }
}

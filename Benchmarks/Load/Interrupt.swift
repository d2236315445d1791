internal import Glibc
internal import Synchronization

/// Ctrl-C and `kill`: removes the cgroups and ends a started agent before this process ends.
///
/// Signals are blocked in every thread and taken by one of their own, so that the work is done
/// in ordinary code. Install before any other thread starts.
enum Interrupt {
    /// A child to end as well; 0 for none.
    static let child = Atomic<pid_t>(0)

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
            let child = Interrupt.child.load(ordering: .relaxed)
            if child > 0 {
                kill(child, SIGTERM)  // it leaves nothing behind when told to end
                waitpid(child, nil, 0)
            }
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

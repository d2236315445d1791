private import Glibc
private import Synchronization

/// Errors on purpose, one for each sanitizer: what it has to report, so that no report means no error.
///
/// Without a sanitizer they go unnoticed.
package enum SanitizerFault: String, CaseIterable, Sendable {
    /// Two threads add to one number with nothing that orders them.
    case thread
    /// A byte behind the end of an allocation is read.
    case address

    package func commit() {
        switch self {
        case .thread: race()
        case .address: readBehindTheEnd()
        }
    }

    private final class Shared: Sendable {
        nonisolated(unsafe) var number = 0
        let running = Atomic<Int>(0)
    }

    /// A thread's accesses are forgotten once it has ended: both are there until both have added. The counter that
    /// holds them is relaxed, and orders nothing.
    private func race() {
        let shared = Shared()
        let threads = (0..<2).compactMap { _ in
            var thread = pthread_t()
            let context = unsafe Unmanaged.passRetained(shared).toOpaque()
            let code = unsafe pthread_create(
                &thread,
                nil,
                { context in
                    let shared = unsafe Unmanaged<Shared>.fromOpaque(context!).takeRetainedValue()
                    shared.running.add(1, ordering: .relaxed)
                    while shared.running.load(ordering: .relaxed) < 2 { sched_yield() }
                    for _ in 0..<1000 { unsafe SanitizerFault.addToWhatIsShared(&shared.number) }
                    shared.running.add(1, ordering: .relaxed)
                    while shared.running.load(ordering: .relaxed) < 4 { sched_yield() }
                    return nil
                },
                context
            )
            return code == 0 ? thread : nil
        }
        precondition(threads.count == 2, "no threads: errno \(errno)")
        for thread in threads { pthread_join(thread, nil) }
    }

    /// The script looks for these two by name in the report.
    @inline(never)
    private static func addToWhatIsShared(_ number: inout Int) { number += 1 }

    @inline(never)
    private func readBehindTheEnd() {
        let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 24)
        unsafe bytes.initialize(repeating: 1, count: 24)
        defer { unsafe bytes.deallocate() }
        // Not for the compiler to see.
        let index = 23 + Int(getpid() > 0 ? 1 : 0)
        precondition(unsafe bytes[index] != 1 || getpid() > 0)
    }
}

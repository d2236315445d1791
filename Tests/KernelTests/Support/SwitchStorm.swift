import Glibc
import Synchronization

/// Two threads that hand a byte to and fro over pipes as fast as they can: nothing but
/// context switches.
final class SwitchStorm {
    private final class Shared: Sendable {
        let rounds = Atomic<Int>(0)
        let isStopping = Atomic<Bool>(false)
    }

    private final class Side {
        let input: CInt
        let output: CInt
        let shared: Shared

        init(_ input: CInt, _ output: CInt, _ shared: Shared) {
            self.input = input
            self.output = output
            self.shared = shared
        }

        func run() {
            var byte: UInt8 = 0
            while unsafe read(input, &byte, 1) == 1 {
                shared.rounds.wrappingAdd(1, ordering: .relaxed)
                // Looked at before the byte is handed on, so that the other side wakes and ends.
                let isLast = shared.isStopping.load(ordering: .relaxed)
                if unsafe write(output, &byte, 1) != 1 || isLast { return }
            }
        }
    }

    private let shared = Shared()
    private var ends: [CInt] = [0, 0, 0, 0]
    private var threads: [pthread_t] = []

    init() throws {
        var there: [CInt] = [0, 0]
        var back: [CInt] = [0, 0]
        guard unsafe pipe(&there) == 0, unsafe pipe(&back) == 0 else {
            throw TestFailure("pipe: errno \(errno)")
        }
        ends = there + back
        for (input, output) in [(there[0], back[1]), (back[0], there[1])] {
            var thread = pthread_t()
            let side = unsafe Unmanaged.passRetained(Side(input, output, shared)).toOpaque()
            unsafe pthread_create(
                &thread, nil,
                { argument in
                    unsafe Unmanaged<Side>.fromOpaque(argument!).takeRetainedValue().run()
                    return nil
                }, side)
            threads.append(thread)
        }
        var byte: UInt8 = 1
        _ = unsafe write(there[1], &byte, 1)
    }

    /// Ends the storm.
    /// - Returns: how often the byte was handed over.
    func stop() -> Int {
        shared.isStopping.store(true, ordering: .relaxed)
        for thread in threads { pthread_join(thread, nil) }
        for end in ends { close(end) }
        return shared.rounds.load(ordering: .relaxed)
    }
}

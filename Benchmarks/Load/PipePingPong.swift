internal import Glibc

/// Two threads on one CPU that hand a byte to and fro: two context switches an operation, as
/// `perf bench sched pipe --threads`.
enum PipePingPong {
    static func run(seconds: Double) throws -> LoadResult {
        var there: [CInt] = [0, 0]
        var back: [CInt] = [0, 0]
        guard unsafe pipe(&there) == 0, unsafe pipe(&back) == 0 else {
            throw BenchError.last("pipe", "for ping-pong")
        }
        let total = LoadTotal()
        let (thereRead, thereWrite) = (there[0], there[1])
        let (backRead, backWrite) = (back[0], back[1])
        let start = Clock.monotonic()
        let end = start + Int64(seconds * 1e9)
        let echo = try WorkerThread(cpu: WorkerThread.quietCPU) {
            let before = Clock.thread()
            var byte: UInt8 = 0
            while unsafe read(thereRead, &byte, 1) == 1 { _ = unsafe write(backWrite, &byte, 1) }
            total.add(operations: 0, cpuNanoseconds: Clock.thread() - before)
        }
        let caller = try WorkerThread(cpu: WorkerThread.quietCPU) {
            let before = Clock.thread()
            var byte: UInt8 = 0
            var trips = 0
            repeat {
                for _ in 0..<64 {
                    _ = unsafe write(thereWrite, &byte, 1)
                    _ = unsafe read(backRead, &byte, 1)
                }
                trips += 64
            } while Clock.monotonic() < end
            total.add(operations: trips, cpuNanoseconds: Clock.thread() - before)
            close(thereWrite)
        }
        caller.join()
        echo.join()
        let wall = Clock.monotonic() - start
        for descriptor in [thereRead, backRead, backWrite] { close(descriptor) }
        return total.result(wallNanoseconds: wall)
    }
}

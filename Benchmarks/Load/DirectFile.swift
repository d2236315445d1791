internal import BenchSupport
internal import Glibc

/// O_DIRECT reads and writes of 4 KiB in a file on the real disk, one at a time.
@safe
final class DirectFile {
    private let descriptor: CInt
    private let buffer: UnsafeMutableRawPointer
    private static let block = 4096
    private static let blocks = 4096

    static let bytes = block * blocks

    /// A path by which other processes can open the file while this one lives.
    var path: String { "/proc/\(getpid())/fd/\(descriptor)" }

    /// Makes a file of 16 MiB in `directory`, without a name.
    init(directory: String) throws {
        descriptor = unsafe benchOpenDirect(directory)
        guard descriptor >= 0 else { throw BenchError.last("open O_DIRECT in", directory) }
        unsafe buffer = UnsafeMutableRawPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        unsafe buffer.initializeMemory(as: UInt8.self, repeating: 7, count: 1 << 20)
        for part in 0..<((Self.block * Self.blocks) >> 20) {
            guard unsafe pwrite(descriptor, buffer, 1 << 20, off_t(part << 20)) == 1 << 20 else {
                throw BenchError.last("write", directory)
            }
        }
        fsync(descriptor)
    }

    deinit {
        close(descriptor)
        unsafe buffer.deallocate()
    }

    /// Alternates reads and writes of scattered blocks.
    func run(seconds: Double) throws -> LoadResult {
        let start = Clock.monotonic()
        let end = start + Int64(seconds * 1e9)
        let before = Clock.thread()
        var count = 0
        var block = 1
        repeat {
            block = (block &* 1_103_515_245 &+ 12345) & 0x7fff_ffff
            let offset = off_t(block % Self.blocks * Self.block)
            let moved =
                count % 2 == 0
                ? unsafe pread(descriptor, buffer, Self.block, offset)
                : unsafe pwrite(descriptor, buffer, Self.block, offset)
            guard moved == Self.block else { throw BenchError.last("O_DIRECT I/O", "file") }
            count += 1
        } while Clock.monotonic() < end
        return LoadResult(
            operations: Double(count),
            cpuNanoseconds: Double(Clock.thread() - before),
            wallNanoseconds: Double(Clock.monotonic() - start)
        )
    }
}

internal import Glibc

/// Bytes of an answer, in pages of their own that go back to the system with the value.
///
/// From malloc, a page of metrics would leave its room with the process for good: once a large block was freed,
/// glibc serves the next ones from its heaps. One thread.
@safe
final class PageBuffer {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0

    /// - Parameter capacity: costs nothing until it is used.
    init(capacity: Int = 4096) {
        self.capacity = max(capacity, 4096)
        unsafe base = Self.map(self.capacity)
    }

    convenience init(_ text: String) {
        self.init(capacity: text.utf8.count)
        append(text)
    }

    deinit { unsafe munmap(base, capacity) }

    func append(_ text: String) {
        var text = text
        text.withUTF8 { unsafe append(UnsafeRawBufferPointer($0)) }
    }

    func append(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe append($0) } }

    func append(_ byte: UInt8) {
        makeRoom(1)
        unsafe base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        makeRoom(bytes.count)
        unsafe (base + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe body(UnsafeRawBufferPointer(start: base, count: count))
    }

    var bytes: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }

    private func makeRoom(_ more: Int) {
        guard count + more > capacity else { return }
        let wider = max(2 * capacity, count + more)
        let moved = unsafe Self.map(wider)
        unsafe moved.copyMemory(from: base, byteCount: count)
        unsafe munmap(base, capacity)
        unsafe base = moved
        capacity = wider
    }

    private static func map(_ count: Int) -> UnsafeMutableRawPointer {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        let mapped = unsafe mmap(nil, count, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let mapped = unsafe mapped, unsafe mapped != UnsafeMutableRawPointer(bitPattern: -1)
        else { preconditionFailure("no memory for an answer of \(count) bytes: errno \(errno)") }
        return unsafe mapped
    }
}

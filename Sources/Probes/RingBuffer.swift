internal import CLibBPF
internal import Glibc
internal import Synchronization

/// The consumer's side of a BPF ring buffer, read in place.
///
/// Maps the consumer page and the data pages (twice in a row, so that a record never
/// wraps). One consumer: keep a value on one thread. Reading is loads and one store a
/// batch; no system call, no callback through C.
@safe
package struct RingBuffer: ~Copyable {
    private let consumerPage: UnsafeMutableRawPointer
    private let producerPages: UnsafeMutableRawPointer
    private let producerBytes: Int
    private let pageBytes: Int
    private let mask: UInt64
    private let name: String
    /// To wait on with epoll: readable when the kernel asked for attention.
    package let descriptor: CInt

    private static let busyBit: UInt32 = 1 << 31
    private static let discardBit: UInt32 = 1 << 30
    private static let headerBytes = 8

    /// `descriptor` stays owned by the caller and must outlive the value.
    package init(descriptor: CInt, byteCount: Int, name: String) throws(BPFError) {
        precondition(
            byteCount > 0 && byteCount & (byteCount - 1) == 0, "ring of \(byteCount) bytes")
        pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
        producerBytes = pageBytes + 2 * byteCount
        mask = UInt64(byteCount - 1)
        self.descriptor = descriptor
        self.name = name
        let failed = unsafe UnsafeMutableRawPointer(bitPattern: -1)
        let consumer = unsafe mmap(
            nil, pageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let consumer = unsafe consumer, unsafe consumer != failed else {
            throw .last("mmap", name)
        }
        let producer = unsafe mmap(
            nil, producerBytes, PROT_READ, MAP_SHARED, descriptor, off_t(pageBytes))
        guard let producer = unsafe producer, unsafe producer != failed else {
            let error = BPFError.last("mmap", name)
            unsafe munmap(consumer, pageBytes)
            throw error
        }
        unsafe consumerPage = consumer
        unsafe producerPages = producer
    }

    deinit {
        unsafe munmap(consumerPage, pageBytes)
        unsafe munmap(producerPages, producerBytes)
    }

    /// Hands every finished record to `body`, oldest first, and frees its room.
    ///
    /// The bytes are valid during the call only. Stops at a record still being written.
    /// - Returns: the number of records.
    @discardableResult
    package func drain(_ body: (UnsafeRawBufferPointer) -> Void) -> Int {
        let consumer = unsafe consumerPage.assumingMemoryBound(to: Atomic<UInt64>.self)
        let producer = unsafe producerPages.assumingMemoryBound(to: Atomic<UInt64>.self)
        let data = unsafe producerPages + pageBytes
        // Only this side writes the consumer position.
        var position = unsafe consumer.pointee.load(ordering: .relaxed)
        var records = 0
        while true {
            // Acquire: what the producer wrote before moving its position is visible.
            let end = unsafe producer.pointee.load(ordering: .acquiring)
            if position >= end { break }
            var stopped = false
            while position < end {
                let header = unsafe data + Int(position & mask)
                // Acquire: a cleared busy bit means that the record is whole.
                let length = unsafe header.assumingMemoryBound(to: Atomic<UInt32>.self)
                    .pointee.load(ordering: .acquiring)
                if length & Self.busyBit != 0 {
                    stopped = true
                    break
                }
                let size = Int(length & ~(Self.busyBit | Self.discardBit))
                if length & Self.discardBit == 0 {
                    unsafe body(
                        UnsafeRawBufferPointer(start: header + Self.headerBytes, count: size))
                    records += 1
                }
                position += UInt64((size + Self.headerBytes + 7) & ~7)
            }
            // Release: our reads are done before the room is given back.
            unsafe consumer.pointee.store(position, ordering: .releasing)
            if stopped { break }
        }
        return records
    }
}

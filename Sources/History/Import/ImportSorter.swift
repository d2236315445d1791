internal import Agent
internal import Capacity
internal import Glibc

/// Records in order, however many there are: sorted parts go to a file without a name and are merged when they are read.
/// One thread.
///
/// Memory: 8 MiB to add, and 64 KiB for each 8 MiB of records to read. Complexity: O(n log n).
struct ImportSorter: ~Copyable {
    private struct Run {
        var offset: Int
        var left: Int
        var buffer: [ImportRecord] = []
        var next = 0

        var first: ImportRecord? { next < buffer.count ? buffer[next] : nil }
    }

    /// Records that are sorted in memory.
    private let partLimit: Int
    private static let readAtOnce = 1024
    private var part: [ImportRecord] = []
    private var runs: [Run] = []
    private var descriptor: CInt = -1
    private var written = 0
    private var isReading = false

    init(partLimit: Int = 1 << 17) { self.partLimit = partLimit }

    deinit { if descriptor >= 0 { close(descriptor) } }

    mutating func add(_ record: ImportRecord) throws(HistoryError) {
        precondition(!isReading, "a record after the first was read")
        part.append(record)
        if part.count >= partLimit { try spill() }
    }

    /// The next in order; of equal ones that which was added first.
    mutating func next() throws(HistoryError) -> ImportRecord? {
        if !isReading {
            isReading = true
            part.sort(by: <)
            if !runs.isEmpty {
                if !part.isEmpty { try spill() }
                for index in runs.indices { try fill(index) }
            } else {
                runs = [Run(offset: 0, left: 0, buffer: part)]
            }
            part = []
        }
        var best: Int?
        for index in runs.indices {
            guard let record = runs[index].first else { continue }
            if let found = best, let other = runs[found].first, !(record < other) { continue }
            best = index
        }
        guard let best, let record = runs[best].first else { return nil }
        runs[best].next += 1
        if runs[best].next == runs[best].buffer.count, runs[best].left > 0 { try fill(best) }
        return record
    }

    private mutating func spill() throws(HistoryError) {
        part.sort(by: <)
        if descriptor < 0 { descriptor = try Self.temporary() }
        let bytes = unsafe part.withUnsafeBytes { unsafe [UInt8]($0) }
        do throws(FileError) {
            try AtomicFile.write(bytes, to: descriptor, "a temporary file")
        } catch {
            throw HistoryError(error)
        }
        runs.append(Run(offset: written, left: part.count))
        written += bytes.count
        part.removeAll(keepingCapacity: true)
    }

    private mutating func fill(_ index: Int) throws(HistoryError) {
        let count = min(Self.readAtOnce, runs[index].left)
        let (file, offset) = (descriptor, runs[index].offset)
        let size = count * MemoryLayout<ImportRecord>.stride
        var filled = 0
        let records = unsafe [ImportRecord](unsafeUninitializedCapacity: count) { buffer, initialized in
            let raw = UnsafeMutableRawBufferPointer(buffer)
            while filled < size {
                let got = unsafe pread(file, raw.baseAddress! + filled, size - filled, off_t(offset + filled))
                if got < 0 && errno == EINTR { continue }
                guard got > 0 else { break }
                filled += got
            }
            initialized = filled / MemoryLayout<ImportRecord>.stride
        }
        guard filled == size else { throw .system("pread", "a temporary file") }
        runs[index].buffer = records
        runs[index].next = 0
        runs[index].left -= count
        runs[index].offset += size
    }

    /// On a disk: /tmp is memory on many hosts.
    private static func temporary() throws(HistoryError) -> CInt {
        let directory = EnvironmentVariable.value(of: "TMPDIR") ?? "/var/tmp"
        var name = Array("\(directory)/headroom-import-XXXXXX".utf8CString)
        let descriptor = unsafe mkstemp(&name)
        guard descriptor >= 0 else { throw .system("mkstemp", directory) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unsafe unlink(name)
        return descriptor
    }
}

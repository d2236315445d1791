internal import Agent
internal import Glibc

/// Records in their order into files of their own: `import-….hrh.gz`, each of one block's minutes, whole when it is there. An agent
/// may write beside it; of imports there is one at a time. One thread.
final class ImportWriter {
    var summary = ImportSummary()
    private let options: ImportOptions
    private let cgroups: [HistoryCgroup]
    private let store: HistoryStore
    private let numbers: [String: Int]
    private let wholes: [String: Int]
    /// Holds the lock.
    private var lock: CInt = -1
    /// Bytes of imports that there may still be.
    private var room: Int

    // MARK: The block and file under way

    private var block: UInt64?
    private var present: PresentMinutes
    private var rows = MinuteRows()
    private var body = ByteBuilder()
    private var minute: UInt32?
    private var hasRows = false
    private var firstEnd: UInt64 = 0
    private var lastEnd: UInt64 = 0
    private var count = 0
    private var told: Set<UInt32> = []
    private var all: Set<UInt32> = []

    init(_ options: ImportOptions, cgroups: [HistoryCgroup], wholes: [String: Int]) throws(HistoryError) {
        self.options = options
        self.cgroups = cgroups
        self.wholes = wholes
        numbers = Dictionary(uniqueKeysWithValues: cgroups.enumerated().map { ($1.path, $0) })
        present = PresentMinutes(numbers: [:], wholes: [:])
        store = HistoryStore(
            directory: options.directory, keepMilliseconds: options.keepNanoseconds / 1_000_000,
            byteLimit: options.byteLimit)
        room = 0
        if !options.isDryRun {
            // Of a host where no agent has run yet.
            var end = options.directory.startIndex
            while let slash = options.directory[end...].dropFirst().firstIndex(of: "/") {
                end = slash
                unsafe mkdir(String(options.directory[..<end]), 0o700)
            }
            try store.make()
            lock = try Self.lock(options.directory)
            try removePartial()
        }
        let used = try HistoryFile.all(in: options.directory).filter(\.isImported).reduce(0) { $0 + $1.byteCount }
        room = max(0, options.byteLimit / 2 - used)
    }

    deinit { if lock >= 0 { close(lock) } }

    func add(_ record: ImportRecord) throws(HistoryError) {
        let end = ImportedBlock.end(of: record.minute)
        if end + UInt64(options.keepNanoseconds) < options.now {
            summary.tooOld += 1
            summary.oldestNanoseconds = min(summary.oldestNanoseconds ?? end, end)
            return
        }
        if end + ImportOptions.settleNanoseconds > options.now {
            summary.tooNew += 1
            return
        }
        let block = ImportedBlock.number(of: record.minute)
        if block != self.block {
            try endFile()
            try begin(block)
        } else if minute != record.minute {
            endMinute()
            if body.bytes.count >= options.fileBytes { try endFile() }
        }
        if present.contains(record) {
            summary.present += 1
            return
        }
        if room == 0 {
            summary.withoutRoom += 1
            return
        }
        minute = record.minute
        if count == 0 { firstEnd = end }
        lastEnd = end
        rows.add(Int(record.cgroup), cgroups[Int(record.cgroup)], record.history, to: &body)
        hasRows = true
        count += 1
        told.insert(record.cgroup)
    }

    func end() throws(HistoryError) {
        try endFile()
        summary.cgroups = all.count
        guard !options.isDryRun else { return }
        // What an agent has open is its own.
        let open = try HistoryFile.all(in: options.directory).filter { !$0.isClosed }.map(\.name)
        _ = try store.trim(now: Int64(options.now / 1_000_000), open: Set(open))
    }

    private func begin(_ block: UInt64) throws(HistoryError) {
        self.block = block
        present = PresentMinutes(numbers: numbers, wholes: wholes)
        // None is there, or it has nothing.
        guard let reader = try? HistoryReader(directory: options.directory) else { return }
        // An agent's minute ends beside the whole one.
        let slack = ImportedBlock.minuteNanoseconds / 2
        _ = try reader.scan(
            .coarse, ImportedBlock.first(of: block) - slack...ImportedBlock.last(of: block) + slack, into: &present)
    }

    private func endMinute() {
        guard let minute, hasRows else { return }
        rows.end(
            timeNanoseconds: ImportedBlock.end(of: minute), nanoseconds: ImportedBlock.minuteNanoseconds, to: &body)
        hasRows = false
    }

    private func endFile() throws(HistoryError) {
        endMinute()
        defer {
            rows = MinuteRows()
            body.removeAll()
            told.removeAll()
            count = 0
        }
        guard count > 0 else { return }
        if !options.isDryRun {
            let size = try write()
            guard size <= room else {
                room = 0
                summary.withoutRoom += count
                return
            }
            room -= size
            summary.bytes += size
            summary.files += 1
        }
        summary.written += count
        summary.firstNanoseconds = min(summary.firstNanoseconds ?? firstEnd, firstEnd)
        summary.lastNanoseconds = max(summary.lastNanoseconds ?? lastEnd, lastEnd)
        all.formUnion(told)
    }

    /// - Returns: the file's size; it is gone again where that is more than there is room for.
    private func write() throws(HistoryError) -> Int {
        var whole = ByteBuilder()
        whole.append(raw: HistoryFile.magic)
        var header = HistoryHeader()
        header.hostname = options.hostname
        header.version = options.version
        header.intervalNanoseconds = ImportedBlock.minuteNanoseconds
        header.cores = options.cores
        HistoryNames.encode(header, to: &whole)
        var line = JSONLine()
        line.line("import") { line in
            line.field("time_s", Double(firstEnd) / 1e9)
            line.field("source", options.source)
            line.field("imported_s", Double(options.now / 1_000_000_000))
            line.field("cgroups", told.count)
            line.field("minutes", count)
        }
        whole.frame(.line) { frame in
            frame.append(firstEnd)
            frame.append(raw: line.bytes.dropLast())
        }
        whole.append(raw: body.bytes)
        let path = try freePath(Int64(firstEnd / 1_000_000))
        try Gzip.write(whole.bytes[...], to: path)
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw .system("stat", path) }
        if Int(status.st_size) > room { unsafe unlink(path) }
        return Int(status.st_size)
    }

    /// Imports of the same time have names some milliseconds apart.
    private func freePath(_ milliseconds: Int64) throws(HistoryError) -> String {
        for step in 0..<60_000 as Range<Int64> {
            let path =
                options.directory + "/" + HistoryFile.name(.coarse, milliseconds + step, isImported: true) + ".gz"
            if unsafe access(path, F_OK) != 0 { return path }
        }
        throw HistoryError("\(options.directory): 60000 imports of the same minute")
    }

    // MARK: The directory

    private static func lock(_ directory: String) throws(HistoryError) -> CInt {
        let path = directory + "/import.lock"
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .system("open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw HistoryError("\(path): another import into this history is under way; wait for it")
        }
        return descriptor
    }

    /// What an import left that was killed while it wrote.
    private func removePartial() throws(HistoryError) {
        guard let handle = unsafe opendir(options.directory) else { throw .system("opendir", options.directory) }
        defer { unsafe closedir(handle) }
        while let entry = unsafe readdir(handle) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name.hasPrefix(HistoryFile.importedWord + "-"), name.hasSuffix(".partial") {
                unsafe unlink(options.directory + "/" + name)
            }
        }
    }
}

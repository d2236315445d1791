internal import Aggregates
package import Capacity
internal import FoundationEssentials
internal import Glibc

/// Requests that were given up, one JSON object a line, so that nothing asked for is lost: they can
/// be looked at, and sent again.
///
/// A later request of the same pool and resource that was answered settles those before it: sent again they would undo it.
/// Of `limit` bytes at most twice: a full file becomes `<path>.1`, in place of the one before. Several processes may write
/// one file: whoever appends to it or moves it has its lock.
package actor DeadLetters {
    package let path: String
    private let limit: Int
    /// Whose letters are open; nil until the files were looked at.
    private var open: Set<Place>?

    /// A pool and resource of one who asks.
    private struct Place: Hashable {
        let source: String
        let pool: String
        let resource: String
    }

    /// A request in the file.
    package struct Letter: Codable, Sendable {
        package struct Chunk: Codable, Sendable {
            package var shape: String
            package var count: Int
        }

        package var given_up_at_s: Double
        package var attempts: Int
        package var why: String
        package var url: String
        package var source: String
        package var id: UInt64
        package var pool: String
        package var resource: String
        package var amount: Double
        package var change: Double
        package var demand: Double?
        package var requested_at_s: Double
        package var needed_by_s: Double
        package var chunks: [Chunk]?
        package var reasons: [String]

        /// Nil for a resource that this version does not know.
        package var request: CapacityRequest? {
            guard let resource = Resource(name: resource) else { return nil }
            func nanoseconds(_ seconds: Double) -> Int64 { Int64(exactly: (seconds * 1e9).rounded()) ?? 0 }
            var request = CapacityRequest(
                id: id, pool: pool, resource: resource, amount: amount, change: change,
                requestedAtNanoseconds: nanoseconds(requested_at_s), neededByNanoseconds: nanoseconds(needed_by_s),
                reasons: reasons)
            request.demand = demand
            request.chunks = (chunks ?? []).map { ChunkCount(shape: $0.shape, count: $0.count) }
            return request
        }
    }

    /// What came before it in the file, of that place, is no longer open.
    private struct Settled: Codable {
        var seconds: Double
        var source: String
        var pool: String
        var resource: String

        enum CodingKeys: String, CodingKey {
            case seconds = "settled_at_s"
            case source, pool, resource
        }
    }

    package init(path: String, limit: Int = 8 << 20) {
        self.path = path
        self.limit = limit
    }

    // MARK: Writing

    func add(_ request: CapacityRequest, why: String, attempts: Int, url: String, source: String, now: Double) throws(FileError) {
        let letter = Letter(
            given_up_at_s: now, attempts: attempts, why: why, url: url, source: source, id: request.id,
            pool: request.pool, resource: request.resource.name, amount: request.amount,
            change: request.change, demand: request.demand,
            requested_at_s: Double(request.requestedAtNanoseconds) / 1e9,
            needed_by_s: Double(request.neededByNanoseconds) / 1e9,
            chunks: request.chunks.isEmpty ? nil : request.chunks.map { .init(shape: $0.shape, count: $0.count) },
            reasons: request.reasons)
        try append(Self.line(letter), to: path)
        open?.insert(Place(source: source, pool: request.pool, resource: request.resource.name))
    }

    /// A request was answered: what was given up of its pool and resource before is not to be sent again.
    /// Costs nothing where there is no such letter.
    func settle(_ request: CapacityRequest, source: String, now: Double) throws(FileError) {
        let place = Place(source: source, pool: request.pool, resource: request.resource.name)
        guard try places().contains(place) else { return }
        try append(Self.line(Self.settled(place, now)), to: path)
        open?.remove(place)
    }

    private func places() throws(FileError) -> Set<Place> {
        if let open { return open }
        let found = Set(try Self.read(asides + [path + ".1", path]).letters.keys)
        open = found
        return found
    }

    private static func settled(_ place: Place, _ now: Double) -> Settled {
        Settled(seconds: now, source: place.source, pool: place.pool, resource: place.resource)
    }

    private static func line(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { preconditionFailure("\(value) is no JSON") }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    private func append(_ line: [UInt8], to path: String) throws(FileError) {
        while true {
            guard let descriptor = try lock(path, O_RDWR | O_CREAT | O_APPEND) else { continue }
            defer { close(descriptor) }
            let size = lseek(descriptor, 0, SEEK_END)
            if path == self.path, size > 0, Int(size) + line.count > limit {
                guard unsafe rename(path, path + ".1") == 0 else { throw .last("rename", path) }
                continue
            }
            // What a full disk, or the host's end, cut off must not take this line with it.
            var last = UInt8(ascii: "\n")
            if size > 0, unsafe pread(descriptor, &last, 1, size - 1) < 0 { throw .last("read", path) }
            try AtomicFile.write(last == UInt8(ascii: "\n") ? line : [UInt8(ascii: "\n")] + line, to: descriptor, path)
            guard fsync(descriptor) == 0 else { throw .last("fsync", path) }
            return
        }
    }

    /// Opens the file and waits until nobody else writes or moves it. The caller closes it. - Returns: nil where there is none.
    private func lock(_ path: String, _ flags: CInt) throws(FileError) -> CInt? {
        while true {
            let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else {
                if errno == ENOENT, flags & O_CREAT == 0 { return nil }
                throw .last("open", path)
            }
            do throws(FileError) {
                while flock(descriptor, LOCK_EX) != 0 {
                    guard errno == EINTR else { throw .last("flock", path) }
                }
                var (own, there) = (stat(), stat())
                guard unsafe fstat(descriptor, &own) == 0 else { throw .last("fstat", path) }
                // Another may have moved it away meanwhile, and a replay have read it.
                if unsafe stat(path, &there) == 0, there.st_ino == own.st_ino, there.st_dev == own.st_dev { return descriptor }
            } catch {
                close(descriptor)
                throw error
            }
            close(descriptor)
        }
    }

    // MARK: Sending again

    /// Files that replays have moved aside and not sent whole, the oldest first.
    private var asides: [String] {
        var found: [String] = []
        while unsafe access(aside(found.count), F_OK) == 0 { found.append(aside(found.count)) }
        return found
    }

    private func aside(_ number: Int) -> String { "\(path).replay\(number == 0 ? "" : "-\(number)")" }

    /// What to send again: of each pool and resource the last that is open, as totals stand for all before them. The files are
    /// moved aside before they are read, so that a letter that comes meanwhile is in a new one and not lost with them.
    /// - Returns: also how many lines could not be read: a line that was being written when the host went down.
    package func take() throws(FileError) -> (letters: [Letter], unreadable: Int) {
        // Both under one lock: a full file that became `.1` in between would be taken for the later one.
        let descriptor = try lock(path, O_RDONLY)
        defer { if let descriptor { close(descriptor) } }
        for file in [path + ".1", path] where unsafe access(file, F_OK) == 0 {
            guard unsafe rename(file, aside(asides.count)) == 0 else { throw .last("rename", file) }
        }
        let (letters, _, unreadable) = try Self.read(asides)
        let sorted = letters.values.sorted { ($0.pool, $0.resource, $0.source) < ($1.pool, $1.resource, $1.source) }
        return (sorted, unreadable)
    }

    /// Whether a later request of its pool and resource was given up, or answered, since the files were moved aside.
    package func isOutdated(_ letter: Letter) throws(FileError) -> Bool {
        try Self.read([path + ".1", path]).seen.contains(Self.place(letter))
    }

    /// It was sent, or need not be: should the replay not end well, the next one leaves it out.
    package func settle(_ letter: Letter, now: Double) throws(FileError) {
        guard let last = asides.last else { return }
        try append(Self.line(Self.settled(Self.place(letter), now)), to: last)
    }

    /// All were sent. They are kept as `<path>.sent` until the next time.
    package func clear() throws(FileError) {
        let files = asides
        var bytes: [UInt8] = []
        for file in files { bytes += try Self.bytes(file) ?? [] }
        guard !files.isEmpty else { return }
        try AtomicFile.write(bytes, to: path + ".sent")
        for file in files.reversed() { unsafe unlink(file) }
    }

    private static func place(_ letter: Letter) -> Place {
        Place(source: letter.source, pool: letter.pool, resource: letter.resource)
    }

    /// - Returns: the letters that are open at the end, every place that was met, and lines that are neither.
    private static func read(_ files: [String]) throws(FileError) -> (letters: [Place: Letter], seen: Set<Place>, unreadable: Int) {
        var letters: [Place: Letter] = [:]
        var seen: Set<Place> = []
        var unreadable = 0
        let decoder = JSONDecoder()
        for file in files {
            for line in (try bytes(file) ?? []).split(separator: UInt8(ascii: "\n")) {
                let data = Data(line)
                if let letter = try? decoder.decode(Letter.self, from: data) {
                    letters[place(letter)] = letter
                    seen.insert(place(letter))
                } else if let settled = try? decoder.decode(Settled.self, from: data) {
                    let place = Place(source: settled.source, pool: settled.pool, resource: settled.resource)
                    letters[place] = nil
                    seen.insert(place)
                } else {
                    unreadable += 1
                }
            }
        }
        return (letters, seen, unreadable)
    }

    /// Nil for a file that is not there.
    private static func bytes(_ file: String) throws(FileError) -> [UInt8]? {
        do {
            return Array(try Data(contentsOf: URL(filePath: file)))
        } catch {
            if unsafe access(file, F_OK) == 0 { throw .last("read", file) }
            return nil
        }
    }
}

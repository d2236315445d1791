internal import Aggregates
package import Capacity
internal import FoundationEssentials
internal import Glibc

/// Requests that were given up, one JSON object a line, so that nothing asked for is lost: they can
/// be looked at, and sent again.
///
/// Of `limit` bytes at most twice: a full file becomes `<path>.1`, in place of the one before.
package actor DeadLetters {
    package let path: String
    private let limit: Int
    package private(set) var written: UInt64 = 0
    package private(set) var failed: UInt64 = 0

    /// A request in the file.
    package struct Letter: Codable, Sendable {
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
        package var reasons: [String]

        /// Nil for a resource that this version does not know.
        package var request: CapacityRequest? {
            guard let resource = Resource(name: resource) else { return nil }
            var request = CapacityRequest(
                id: id, pool: pool, resource: resource, amount: amount, change: change,
                requestedAtNanoseconds: Int64(requested_at_s * 1e9),
                neededByNanoseconds: Int64(needed_by_s * 1e9), reasons: reasons)
            request.demand = demand
            return request
        }
    }

    package init(path: String, limit: Int = 8 << 20) {
        self.path = path
        self.limit = limit
    }

    func add(_ request: CapacityRequest, why: String, attempts: Int, url: String, source: String, now: Double) throws(FileError) {
        let letter = Letter(
            given_up_at_s: now, attempts: attempts, why: why, url: url, source: source, id: request.id,
            pool: request.pool, resource: request.resource.name, amount: request.amount,
            change: request.change, demand: request.demand,
            requested_at_s: Double(request.requestedAtNanoseconds) / 1e9,
            needed_by_s: Double(request.neededByNanoseconds) / 1e9, reasons: request.reasons)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(letter) else { preconditionFailure("\(letter) is no JSON") }
        do throws(FileError) {
            try append(Array(data) + [UInt8(ascii: "\n")])
            written += 1
        } catch {
            failed += 1
            throw error
        }
    }

    private func append(_ line: [UInt8]) throws(FileError) {
        var status = stat()
        if unsafe stat(path, &status) == 0, Int(status.st_size) + line.count > limit {
            guard unsafe rename(path, path + ".1") == 0 else { throw .last("rename", path) }
        }
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .last("open", path) }
        defer { close(descriptor) }
        try AtomicFile.write(line, to: descriptor, path)
        guard fsync(descriptor) == 0 else { throw .last("fsync", path) }
    }

    /// What to send again: of each pool and resource the last, as totals stand for all before them.
    /// - Returns: also how many lines could not be read: a line that was being written when the host
    ///   went down.
    package func latest() throws(FileError) -> (letters: [Letter], unreadable: Int) {
        var byPlace: [String: Letter] = [:]
        var unreadable = 0
        for file in [path + ".1", path] {
            let data: Data
            do {
                data = try Data(contentsOf: URL(filePath: file))
            } catch {
                if unsafe access(file, F_OK) == 0 { throw .last("read", file) }
                continue
            }
            for line in data.split(separator: UInt8(ascii: "\n")) {
                guard let letter = try? JSONDecoder().decode(Letter.self, from: line) else {
                    unreadable += 1
                    continue
                }
                byPlace["\(letter.pool)\n\(letter.resource)"] = letter
            }
        }
        return (byPlace.values.sorted { ($0.pool, $0.resource) < ($1.pool, $1.resource) }, unreadable)
    }

    /// All were sent. The file is kept as `<path>.sent` until the next time.
    package func clear() {
        unsafe unlink(path + ".1")
        unsafe rename(path, path + ".sent")
    }
}

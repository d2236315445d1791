/// The whole state of any number of series as bytes, and back; bit for bit, so that a forecaster
/// that was restored continues as if it had not stopped.
///
///     "HRFC" · layout UInt32 · total bytes UInt64 · series UInt32 ·
///     (key bytes UInt16 · key · state bytes UInt32 · state) × series · CRC-32 of all before UInt32
///
/// Little-endian. The layout number covers the version of the format and the sizes of the
/// records, so a build with other records refuses instead of misreading. Pure: who keeps the
/// bytes is another's business. Linear in the series, 4 KiB each.
package struct Checkpoint: Sendable {
    /// Raised when the meaning of a record changes and its size does not.
    private static let version: UInt32 = 2
    private static let magic: [UInt8] = Array("HRFC".utf8)
    private static let headerBytes = 20

    /// Key and encoded state of one series.
    private struct Entry {
        let key: String
        let state: ArraySlice<UInt8>
    }

    private var entries: [Entry] = []

    package init() {}

    /// Names of the series, in the order in which they were added.
    package var keys: [String] { entries.map(\.key) }

    /// One with each series, in order.
    package var parts: [Checkpoint] {
        entries.map { entry in
            var part = Checkpoint()
            part.entries = [entry]
            return part
        }
    }

    /// Adds a series under a name of the caller's, such as `cgroup path` and resource; at most
    /// 65 535 bytes of UTF-8.
    package mutating func add(_ series: SeriesForecaster, key: String) {
        add(series.encodedState(), key: key)
    }

    /// Adds what another than a forecaster has learned, under a name that no series has.
    package mutating func add(_ state: [UInt8], key: String) {
        precondition(key.utf8.count <= 65_535, "a key of \(key.utf8.count) bytes is too long")
        entries.append(Entry(key: key, state: state[...]))
    }

    /// The bytes under `keys[index]`, as they are.
    package func state(at index: Int) -> ArraySlice<UInt8> { entries[index].state }

    /// Restores the series at `index` of `keys`. One that was learned with other lead times or
    /// quantiles is refused, because its state would mean something else.
    package func series(
        at index: Int,
        configuration: ForecastConfiguration
    ) throws(CheckpointError) -> SeriesForecaster {
        let entry = entries[index]
        return try SeriesForecaster(
            encodedState: entry.state,
            key: entry.key,
            configuration: configuration
        )
    }

    /// Restores the series at `index` of `keys` with whatever lead times and quantiles it was
    /// learned with.
    package func series(at index: Int) throws(CheckpointError) -> SeriesForecaster {
        let entry = entries[index]
        guard let configuration = SeriesForecaster.configuration(ofEncodedState: entry.state)
        else { throw .unsound(key: entry.key) }
        return try series(at: index, configuration: configuration)
    }

    package func encoded() -> [UInt8] {
        let size = entries.reduce(Self.headerBytes + 4) {
            $0 + 6 + $1.key.utf8.count + $1.state.count
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        bytes += Self.magic
        bytes.appendLittleEndian(Self.layout)
        bytes.appendLittleEndian(UInt64(size))
        bytes.appendLittleEndian(UInt32(entries.count))
        for entry in entries {
            bytes.appendLittleEndian(UInt16(entry.key.utf8.count))
            bytes += entry.key.utf8
            bytes.appendLittleEndian(UInt32(entry.state.count))
            bytes += entry.state
        }
        var checksum = Checksum32()
        checksum.add(bytes[...])
        bytes.appendLittleEndian(checksum.value)
        return bytes
    }

    /// Takes nothing from `bytes` on trust but what the checksum covers; the states of the
    /// series are checked by `series(at:configuration:)`.
    package init(decoding bytes: [UInt8]) throws(CheckpointError) {
        guard bytes.starts(with: Self.magic) else { throw .foreign }
        var reader = ByteReader(bytes[4...])
        guard let layout = reader.read(UInt32.self), let size = reader.read(UInt64.self),
            let count = reader.read(UInt32.self)
        else { throw .length(found: bytes.count, expected: Self.headerBytes + 4) }
        guard layout == Self.layout else {
            throw .otherVersion(found: layout, expected: Self.layout)
        }
        guard UInt64(bytes.count) == size, bytes.count >= Self.headerBytes + 4 else {
            throw .length(found: bytes.count, expected: Int(clamping: size))
        }
        var checksum = Checksum32()
        checksum.add(bytes[..<(bytes.count - 4)])
        var trailer = ByteReader(bytes[(bytes.count - 4)...])
        guard trailer.read(UInt32.self) == checksum.value else { throw .checksum }
        for _ in 0..<count {
            guard let keyCount = reader.read(UInt16.self),
                let key = reader.take(Int(keyCount)),
                let stateCount = reader.read(UInt32.self),
                let state = reader.take(Int(stateCount))
            else { throw .length(found: bytes.count, expected: Int(clamping: size)) }
            guard let name = String(validating: key, as: UTF8.self) else {
                throw .unsound(key: String(decoding: key, as: UTF8.self))
            }
            entries.append(Entry(key: name, state: state))
        }
        guard reader.count == 4 else {
            throw .length(found: bytes.count, expected: bytes.count - reader.count + 4)
        }
    }

    /// Changes with the version and with the size of any record.
    private static var layout: UInt32 {
        SeriesStorage.recordSizes.reduce(version) { ($0 &* 16_777_619) ^ UInt32($1) }
    }
}

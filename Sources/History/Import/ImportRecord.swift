internal import Aggregates

/// A minute of one cgroup, of the resources that are known of it. No pointers: it goes to a file as it is.
struct ImportRecord: BitwiseCopyable {
    /// By which records are sorted: the latest block first, minutes within it in their order.
    var key: UInt64
    /// The cgroup's number.
    var cgroup: UInt32
    /// By bit: which resources are known.
    var known: UInt32
    var means: InlineArray<6, Float>
    var peaks: InlineArray<6, Float>

    /// The newest come first, so that the oldest stay out where there is no room for all.
    static func key(of minute: UInt32) -> UInt64 {
        UInt64(UInt32.max - UInt32(ImportedBlock.number(of: minute))) << 32 | UInt64(minute)
    }

    var minute: UInt32 { UInt32(truncatingIfNeeded: key) }

    static func < (one: ImportRecord, other: ImportRecord) -> Bool {
        (one.key, one.cgroup) < (other.key, other.cgroup)
    }

    func isSame(as other: ImportRecord) -> Bool { key == other.key && cgroup == other.cgroup }

    /// Takes what is not known here. - Returns: whether there was something that was known already.
    mutating func take(_ other: ImportRecord) -> Bool {
        let new = other.known & ~known
        for index in 0..<6 where new >> UInt32(index) & 1 == 1 {
            means[index] = other.means[index]
            peaks[index] = other.peaks[index]
        }
        known |= new
        return new != other.known
    }

    var history: HistoryMinute {
        var minute = HistoryMinute()
        for index in 0..<6 {
            minute.means[index] = Double(means[index])
            minute.peaks[index] = Double(peaks[index])
        }
        return minute
    }
}

/// The minute of a cgroup that is being added up.
struct OpenMinute {
    var minute: UInt32
    private var known: UInt32 = 0
    private var sums = InlineArray<6, Double>(repeating: 0)
    private var seconds = InlineArray<6, Double>(repeating: 0)
    private var peaks = InlineArray<6, Double>(repeating: 0)

    init(minute: UInt32) { self.minute = minute }

    mutating func add(_ resource: Resource, _ value: Double, peak: Double, seconds length: Double) {
        let index = Int(resource.rawValue)
        known |= 1 << UInt32(index)
        sums[index] += value * length
        seconds[index] += length
        peaks[index] = max(peaks[index], peak)
    }

    func record(of cgroup: Int) -> ImportRecord {
        var record = ImportRecord(
            key: ImportRecord.key(of: minute), cgroup: UInt32(cgroup), known: known, means: .init(repeating: 0),
            peaks: .init(repeating: 0))
        for index in 0..<6 where seconds[index] > 0 {
            // No mean is above the highest, whatever was rounded.
            record.means[index] = Float(min(sums[index] / seconds[index], peaks[index]))
            record.peaks[index] = Float(peaks[index])
        }
        return record
    }
}

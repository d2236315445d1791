internal import Forecast
internal import Planner

/// What a planner has learned as bytes: the cost ratio and lead that it was learned with, then its
/// words.
enum LearnedWordsCoding {
    static func encoded(_ words: [UInt64], _ plan: ResourcePlanConfiguration) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(plan.costRatio.bitPattern)
        bytes.appendLittleEndian(plan.leadTimeNanoseconds)
        for word in words { bytes.appendLittleEndian(word) }
        return bytes
    }

    /// Nil when it was learned for another plan, and words would mean something else.
    static func decoded(_ bytes: ArraySlice<UInt8>, _ plan: ResourcePlanConfiguration) -> [UInt64]? {
        var reader = ByteReader(bytes)
        guard reader.read(UInt64.self) == plan.costRatio.bitPattern,
            reader.read(Int64.self) == plan.leadTimeNanoseconds, reader.count.isMultiple(of: 8)
        else { return nil }
        return (0..<reader.count / 8).compactMap { _ in reader.read(UInt64.self) }
    }
}

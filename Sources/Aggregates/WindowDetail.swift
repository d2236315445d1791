package import HeadroomABI

/// The finer figures of one window; which of them are known says `parts`. The layout is shared
/// with readers, so it is defined once, in `table.h`.
package typealias WindowDetail = hr_window_detail

extension WindowDetail {
    package func knows(_ part: hr_detail_parts) -> Bool { parts & part.rawValue != 0 }
    package var knowsPeaks: Bool { parts & UInt32(HR_PART_PEAKS) != 0 }

    /// Nil without a limit.
    package var memoryLimit: UInt64? {
        knows(HR_PART_LIMITS) && memory_limit_bytes != .max ? memory_limit_bytes : nil
    }

    package var delayBuckets: [UInt32] { Buckets.array(delay_buckets) }
    package var diskReadBuckets: [UInt32] { Buckets.array(disk_read_buckets) }
    package var diskWriteBuckets: [UInt32] { Buckets.array(disk_write_buckets) }

    /// Upper bound of the run-queue delay that the fraction `q` of waits kept to, in
    /// nanoseconds: the upper edge of a power of two. Nil when nothing waited.
    package func delayQuantile(_ q: Double) -> UInt64? {
        guard let bucket = Buckets.quantile(delayBuckets, q) else { return nil }
        // The last bucket has no upper edge but the longest wait.
        if bucket == HR_DELAY_BUCKETS - 1 { return delay_max_ns }
        return 1 << UInt64(HR_DELAY_SHIFT + bucket)
    }
}

/// Histograms by powers of two, as C declares them: bucket 0 up to 2^shift, then one a power.
package enum Buckets {
    static func array<Source: BitwiseCopyable>(_ source: Source) -> [UInt32] {
        unsafe withUnsafeBytes(of: source) { unsafe Array($0.bindMemory(to: UInt32.self)) }
    }

    /// Index of the bucket that holds the quantile `q`; nil when all are empty.
    package static func quantile(_ counts: [UInt32], _ q: Double) -> Int? {
        let total = counts.reduce(0) { $0 + UInt64($1) }
        guard total > 0 else { return nil }
        var seen: UInt64 = 0
        for (index, count) in counts.enumerated() {
            seen += UInt64(count)
            if Double(seen) >= q * Double(total) { return index }
        }
        return counts.count - 1
    }
}

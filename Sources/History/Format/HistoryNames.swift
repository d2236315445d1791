internal import Aggregates

/// Frames that say what numbers stand for.
enum HistoryNames {
    static let numberLimit: UInt64 = 1_000_000
    /// Nanoseconds that no time reaches, Unix or between two, so that sums of some have no overflow: 146 years.
    static let timeLimit: UInt64 = 1 << 62
    /// What no interval of sampling reaches, so that a hundred of them are a time.
    private static let intervalLimit: UInt64 = 1 << 55

    static func encode(_ header: HistoryHeader, to builder: inout ByteBuilder) {
        builder.frame(.header) { frame in
            frame.append(header.hostname)
            frame.append(header.version)
            frame.append(header.intervalNanoseconds)
            frame.append(Float(header.cores))
            frame.append(UInt64(header.memoryBytes))
            frame.append(UInt64(header.horizonsNanoseconds.count))
            for horizon in header.horizonsNanoseconds { frame.append(horizon) }
            frame.append(UInt64(header.quantiles.count))
            for quantile in header.quantiles { frame.append(quantile.bitPattern) }
        }
    }

    static func header(_ cursor: inout ByteCursor) -> HistoryHeader? {
        var header = HistoryHeader()
        guard let hostname = cursor.text(limit: 256), let version = cursor.text(limit: 256),
            let interval = cursor.number(), interval > 0, interval < intervalLimit, let cores = cursor.float(), cores >= 0,
            let memory = cursor.number(), let horizons = cursor.number(upTo: 16)
        else { return nil }
        header.hostname = hostname
        header.version = version
        header.intervalNanoseconds = interval
        header.cores = Double(cores)
        header.memoryBytes = Double(memory)
        for _ in 0..<horizons {
            guard let horizon = cursor.time(), horizon > 0 else { return nil }
            header.horizonsNanoseconds.append(horizon)
        }
        guard let quantiles = cursor.number(upTo: 16) else { return nil }
        for _ in 0..<quantiles {
            guard let bits = cursor.number() else { return nil }
            let quantile = Double(bitPattern: bits)
            guard quantile >= 0, quantile < 1 else { return nil }
            header.quantiles.append(quantile)
        }
        return header
    }

    static func encode(_ number: Int, _ cgroup: HistoryCgroup, to builder: inout ByteBuilder) {
        builder.frame(.cgroup) { frame in
            frame.append(UInt64(number))
            frame.append(cgroup.cgroupID)
            frame.append(cgroup.path)
            frame.append(cgroup.application ?? "")
            frame.append(cgroup.isLeaf ? 1 : 0 as UInt64)
        }
    }

    static func cgroup(_ cursor: inout ByteCursor) -> (Int, HistoryCgroup)? {
        guard let number = cursor.number(upTo: numberLimit), let id = cursor.number(),
            let path = cursor.text(), let application = cursor.text(),
            let isLeaf = cursor.number(upTo: 1)
        else { return nil }
        return (
            number,
            HistoryCgroup(
                cgroupID: id, path: path, application: application.isEmpty ? nil : application,
                isLeaf: isLeaf == 1)
        )
    }

    static func encode(_ number: Int, _ plan: HistoryPlan, to builder: inout ByteBuilder) {
        builder.frame(.plan) { frame in
            frame.append(UInt64(number))
            frame.append(plan.pool)
            frame.append(UInt64(plan.resource.rawValue))
            frame.append(plan.fraction.bitPattern)
            frame.append(UInt64(max(0, plan.leadNanoseconds)))
        }
    }

    static func plan(_ cursor: inout ByteCursor) -> (Int, HistoryPlan)? {
        guard let number = cursor.number(upTo: numberLimit), let pool = cursor.text(),
            let raw = cursor.number(upTo: 255), let resource = Resource(rawValue: UInt8(raw)),
            let fraction = cursor.number().map(Double.init(bitPattern:)), fraction > 0, fraction < 1,
            let lead = cursor.time()
        else { return nil }
        return (number, HistoryPlan(pool: pool, resource: resource, fraction: fraction, leadNanoseconds: Int64(lead)))
    }
}

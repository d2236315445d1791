internal import Probes

/// How fast a map's counters grow: two looks at it, entry by entry.
///
/// Holds one number a counter and entry that is not all zero, whatever the number of CPUs.
struct MapRates {
    /// A counter that is one number; histograms have no rate that anybody reads.
    struct Counter: Hashable {
        let name: String
        let offset: Int
        let bytes: Int
    }

    struct Rate {
        let key: DecodedValue
        let cgroup: String?
        let cause: String?
        let shard: UInt64?
        let cpu: Int?
        /// By counter.
        let perSecond: [Double]
    }

    private struct Place: Hashable {
        let key: [UInt8]
        let cpu: Int?
    }

    private struct Counts {
        var owner: UInt64
        var values: [UInt64]
    }

    let counters: [Counter]
    private let owner: Counter?
    private var before: [Place: Counts] = [:]
    private var lastTime: Double?

    /// - Returns: nil when the map has nothing that only grows.
    init?(_ guide: MapGuide, _ layout: MapLayout) {
        switch layout.value {
        case .integer(let bytes, _) where guide.counters.contains("") || guide.holds.isEmpty:
            counters = [Counter(name: "value", offset: 0, bytes: bytes)]
            owner = nil
        case .structure(_, let fields):
            func counter(_ field: TypeLayout.Field) -> Counter? {
                guard case .integer(let bytes, _) = field.layout, field.bitCount == nil else { return nil }
                return Counter(name: field.name, offset: field.bitOffset / 8, bytes: bytes)
            }
            // Of a map that is not known any number may grow.
            counters = fields.compactMap { field in
                guide.counters.contains(field.name) || guide.holds.isEmpty ? counter(field) : nil
            }
            owner = fields.first { $0.name == "owner" }.flatMap(counter)
        default:
            return nil
        }
        if counters.isEmpty { return nil }
    }

    /// Looks at the map.
    /// - Parameter time: seconds of a clock that never goes back.
    /// - Returns: what grew since the last look, and the seconds between; nil the first time. O(entries).
    mutating func look(
        at map: borrowing MapHandle, _ reader: EntryReader, time: Double
    ) throws(BPFError) -> (rates: [Rate], seconds: Double)? {
        var now: [Place: Counts] = [:]
        try map.forEachRaw { key, value in
            let slot = reader.guide.key == .slot ? reader.layout.key.decode(key).unsigned : nil
            let tenant = slot.flatMap { reader.names.tenant(ofSlot: $0)?.owner }
            for cpu in 0..<reader.info.copies {
                let copy = value.dropFirst(cpu * reader.info.valueStride).prefix(reader.info.valueBytes)
                if copy.allSatisfy({ $0 == 0 }) { continue }
                let owner = self.owner.map { Self.number(copy, $0) } ?? 0
                // What another cgroup left in the slot does not grow.
                if let tenant, self.owner != nil, owner != tenant { continue }
                let place = Place(key: Array(key), cpu: reader.isPerCPU ? cpu : nil)
                var counts = now[place] ?? Counts(owner: owner, values: counters.map { _ in 0 })
                for (index, counter) in counters.enumerated() {
                    counts.values[index] &+= Self.number(copy, counter)
                }
                now[place] = counts
            }
            return true
        }
        defer {
            before = now
            lastTime = time
        }
        guard let lastTime, time > lastTime else { return nil }
        let seconds = time - lastTime
        let rates = now.compactMap { place, counts -> Rate? in
            // A new tenant's counts began at zero; so did those of an entry that was not there.
            let old = before[place].flatMap { $0.owner == counts.owner ? $0.values : nil }
            let grown = counts.values.indices.map { index -> Double in
                let from = old?[index] ?? 0
                // One that went back was wiped: what there is now has come since.
                let now = counts.values[index]
                return Double(now >= from ? now - from : now)
            }
            guard grown.contains(where: { $0 > 0 }) else { return nil }
            let named = reader.named(place.key[...])
            return Rate(
                key: named.key, cgroup: named.cgroup, cause: named.cause, shard: named.shard,
                cpu: place.cpu, perSecond: grown.map { $0 / seconds })
        }
        return (Self.largestFirst(rates), seconds)
    }

    /// By the largest share that an entry has of any counter's total, so that no unit outweighs
    /// another.
    private static func largestFirst(_ rates: [Rate]) -> [Rate] {
        guard let width = rates.first?.perSecond.count else { return [] }
        let totals = (0..<width).map { index in rates.reduce(0) { $0 + $1.perSecond[index] } }
        func weight(_ rate: Rate) -> Double {
            zip(rate.perSecond, totals).map { $1 > 0 ? $0 / $1 : 0 }.max() ?? 0
        }
        return rates.map { (weight($0), $0) }
            .sorted { $0.0 != $1.0 ? $0.0 > $1.0 : ($0.1.key.unsigned ?? 0) < ($1.1.key.unsigned ?? 0) }
            .map(\.1)
    }

    private static func number(_ bytes: ArraySlice<UInt8>, _ counter: Counter) -> UInt64 {
        var value: UInt64 = 0
        for index in (0..<counter.bytes).reversed() {
            value = value << 8 | UInt64(bytes[bytes.startIndex + counter.offset + index])
        }
        return value
    }
}

/// Adds applications up to their pool.
package enum PoolSeries {
    /// The members, of one resource, at the timestamps where every one of them has a sample, and
    /// only there; `nil` when there is no such timestamp. A sum with a part missing would be a
    /// fall in demand that never was.
    ///
    /// - Complexity: linear in the samples of all members.
    package static func aligned(_ members: [SimulatedSeries]) -> [SimulatedSeries]? {
        guard let head = members.first else { return nil }
        var cursors = [Int](repeating: 0, count: members.count)
        var timestamps: [Int64] = []
        var values = [[Double?]](repeating: [], count: members.count)
        for time in head.timestampsSeconds {
            var sample: [Double] = []
            for (index, member) in members.enumerated() {
                while cursors[index] < member.timestampsSeconds.count
                    && member.timestampsSeconds[cursors[index]] < time
                { cursors[index] += 1 }
                guard cursors[index] < member.timestampsSeconds.count,
                    member.timestampsSeconds[cursors[index]] == time,
                    let value = member.values[cursors[index]]
                else { break }
                sample.append(value)
            }
            guard sample.count == members.count else { continue }
            timestamps.append(time)
            for (index, value) in sample.enumerated() { values[index].append(value) }
        }
        guard !timestamps.isEmpty else { return nil }
        return zip(members, values).map { member, values in
            SimulatedSeries(
                name: member.name,
                resource: member.resource,
                timestampsSeconds: timestamps,
                values: values
            )
        }
    }

    /// The sum of aligned members.
    package static func sum(of members: [SimulatedSeries], name: String) -> SimulatedSeries? {
        guard let head = members.first else { return nil }
        let values = head.values.indices.map { position in
            members.reduce(0) { $0 + ($1.values[position] ?? 0) }
        }
        return SimulatedSeries(
            name: name,
            resource: head.resource,
            timestampsSeconds: head.timestampsSeconds,
            values: values
        )
    }
}

/// Adds applications up to their pool.
package enum PoolSeries {
    /// The sum of `members`, of one resource, at the timestamps where every one of them has a
    /// sample; `nil` when there is no such timestamp. A sum with a part missing would be a fall in
    /// demand that never was.
    ///
    /// - Complexity: linear in the samples of all members.
    package static func sum(of members: [SimulatedSeries], name: String) -> SimulatedSeries? {
        guard let head = members.first else { return nil }
        var cursors = [Int](repeating: 0, count: members.count)
        var timestamps: [Int64] = []
        var values: [Double?] = []
        for (position, time) in head.timestampsSeconds.enumerated() {
            guard var total = head.values[position] else { continue }
            var isComplete = true
            for index in members.indices.dropFirst() {
                let member = members[index]
                while cursors[index] < member.timestampsSeconds.count
                    && member.timestampsSeconds[cursors[index]] < time
                { cursors[index] += 1 }
                guard cursors[index] < member.timestampsSeconds.count,
                    member.timestampsSeconds[cursors[index]] == time,
                    let value = member.values[cursors[index]]
                else {
                    isComplete = false
                    break
                }
                total += value
            }
            guard isComplete else { continue }
            timestamps.append(time)
            values.append(total)
        }
        guard !timestamps.isEmpty else { return nil }
        return SimulatedSeries(
            name: name,
            resource: head.resource,
            timestampsSeconds: timestamps,
            values: values
        )
    }
}

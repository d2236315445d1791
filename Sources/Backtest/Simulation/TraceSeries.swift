internal import Aggregates

/// A whole trace in memory, one series a resource: policies with hindsight and pools need it so.
struct TraceSeries {
    let application: String
    let series: [SimulatedSeries]
    let ignoredColumns: [String]

    /// Linear in the rows, in time and in memory.
    init(path: String) throws(TraceError) {
        var reader = try TraceReader(path: path)
        let resources = reader.resources
        var timestamps: [Int64] = []
        var columns = [[Double?]](repeating: [], count: resources.count)
        while let row = try reader.next() {
            timestamps.append(row.timeSeconds)
            for (index, resource) in resources.enumerated() {
                columns[index].append(row[resource])
            }
        }
        application = reader.application
        ignoredColumns = reader.ignoredColumns
        let name = reader.application
        series = zip(resources, columns).map { resource, values in
            SimulatedSeries(
                name: name,
                resource: resource,
                timestampsSeconds: timestamps,
                values: values
            )
        }
    }
}

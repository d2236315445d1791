internal import Aggregates

/// Writes `<application>.predictions.csv`: one line per sample, resource and horizon.
struct PredictionsWriter: ~Copyable {
    private var file: OutputFile

    init(directory: String, application: String, quantiles: [Double]) throws(BacktestError) {
        var file = try OutputFile(path: "\(directory)/\(application).predictions.csv")
        let columns = quantiles.map { "q\($0)" }.joined(separator: ",")
        try file.write("timestamp_s,resource,horizon_s,\(columns)\n")
        self.file = file
    }

    /// Adds one line.
    mutating func write(
        timeSeconds: Int64,
        resource: Resource,
        horizonSeconds: Int64,
        forecasts: [Double]
    ) throws(BacktestError) {
        var line = "\(timeSeconds),\(resource.name),\(horizonSeconds)"
        // All digits: a forecast of just the demand that comes covers it, in the file as here.
        for forecast in forecasts { line += ",\(forecast)" }
        try file.write(line + "\n")
    }

    /// Writes what is buffered and gives the file its name.
    mutating func finish() throws(BacktestError) { try file.finish() }
}

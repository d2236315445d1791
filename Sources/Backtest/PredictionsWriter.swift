internal import Aggregates
internal import Glibc

/// Writes `<application>.predictions.csv`: one line per sample, resource and horizon.
///
/// Written to a temporary name and renamed by `finish`, so that a failed backtest leaves no
/// half file behind.
struct PredictionsWriter: ~Copyable {
    private let path: String
    private let temporaryPath: String
    private let descriptor: CInt
    private var buffer: [UInt8] = []
    private var isFinished = false

    init(directory: String, application: String, quantiles: [Double]) throws(BacktestError) {
        path = "\(directory)/\(application).predictions.csv"
        temporaryPath = path + ".partial"
        descriptor = unsafe open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw .cannotWrite(path: path, reason: SystemText.lastError())
        }
        buffer.reserveCapacity(1 << 16)
        let columns = quantiles.map { "q\($0)" }.joined(separator: ",")
        append("timestamp_s,resource,horizon_s,\(columns)\n")
    }

    deinit {
        close(descriptor)
        if !isFinished { unsafe unlink(temporaryPath) }
    }

    /// Adds one line.
    mutating func write(
        timeSeconds: Int64,
        resource: Resource,
        horizonSeconds: Int64,
        forecasts: [Double]
    ) throws(BacktestError) {
        append("\(timeSeconds),\(resource.name),\(horizonSeconds)")
        for forecast in forecasts {
            // The state is single precision: more digits would be noise.
            append(",\(Float(forecast))")
        }
        append("\n")
        if buffer.count > 60_000 { try flush() }
    }

    /// Writes what is buffered and gives the file its name.
    mutating func finish() throws(BacktestError) {
        try flush()
        guard unsafe rename(temporaryPath, path) == 0 else {
            throw .cannotWrite(path: path, reason: SystemText.lastError())
        }
        isFinished = true
    }

    private mutating func append(_ text: String) { buffer.append(contentsOf: text.utf8) }

    private mutating func flush() throws(BacktestError) {
        var start = 0
        while start < buffer.count {
            let count = unsafe buffer.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress! + start, $0.count - start)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                throw .cannotWrite(path: path, reason: SystemText.lastError())
            }
            start += count
        }
        buffer.removeAll(keepingCapacity: true)
    }
}

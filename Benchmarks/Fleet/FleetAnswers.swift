/// What a Prometheus would answer to the fleet planner's queries, byte for byte in its form: numbers
/// of as many digits as Go writes, labels that the planner has to skip.
///
/// Answers of all rows are made beforehand, a few that take turns, and get their times when they are
/// asked for. Owned by the thread that serves.
final class FleetAnswers {
    private struct Prepared {
        var bytes: [UInt8]
        /// Where the times are that change.
        var times: [Int]
    }

    /// Of the first samples; seconds.
    static let origin: Int64 = 1_780_000_000
    private static let step: Int64 = 15
    private static let turns = 3

    let shape: FleetShape
    private var prepared: [[Prepared]] = []
    /// Rounds asked for, CPU and memory.
    private var rounds: [Int64] = [0, 0]

    init(_ shape: FleetShape) {
        self.shape = shape
        prepared = [false, true].map { isMemory in
            (0..<Self.turns).map { turn in
                Self.prepare(shape, isMemory: isMemory, Self.origin + Int64(turn) * Self.step)
            }
        }
    }

    /// Bytes of a round's largest answers.
    var roundBytes: Int { prepared.reduce(0) { $0 + $1[0].bytes.count } }

    /// - Parameter form: the fields of the request, decoded.
    func answer(_ form: [String: String], _ send: ([UInt8]) -> Void) {
        let query = form["query"] ?? ""
        let resource = query.contains("memory") ? 1 : 0
        if query.hasPrefix("max(timestamp(") {
            rounds[resource] += 1
            return send(single("\(now(resource)).114", "\(now(resource)).114"))
        }
        if query.hasPrefix("avg(") { return send(single("\(now(resource)).114", "1")) }
        if query.hasPrefix("count(") { return send(single("\(now(resource)).114", "\(shape.applications)")) }
        if query.hasPrefix("last_over_time(") { return send(rows(resource)) }
        guard let start = form["start"].flatMap({ Int64($0) }), let end = form["end"].flatMap({ Int64($0) }),
            let step = form["step"].flatMap({ Int64($0) }), step > 0
        else {
            return send(Array("{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"not expected: \(query)\"}".utf8))
        }
        send(history(isMemory: resource == 1, start, end, step))
    }

    private func now(_ resource: Int) -> Int64 { Self.origin + rounds[resource] * Self.step }

    private func single(_ time: String, _ value: String) -> [UInt8] {
        Array(
            "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{},\"value\":[\(time),\"\(value)\"]}]}}"
                .utf8)
    }

    private func rows(_ resource: Int) -> [UInt8] {
        let turn = Int(rounds[resource]) % Self.turns
        let digits = Array(String(now(resource)).utf8)
        for place in prepared[resource][turn].times {
            for (index, digit) in digits.enumerated() {
                prepared[resource][turn].bytes[place + index] = digit
            }
        }
        return prepared[resource][turn].bytes
    }

    private static func prepare(_ shape: FleetShape, isMemory: Bool, _ second: Int64) -> Prepared {
        let metric = isMemory ? "headroom:application_memory_bytes:sum" : "headroom:application_cpu_cores:sum"
        var result = Prepared(bytes: Array("{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[".utf8), times: [])
        result.bytes.reserveCapacity(shape.rows * 160)
        for row in 0..<shape.rows {
            if row > 0 { result.bytes.append(UInt8(ascii: ",")) }
            result.bytes += Array("{\"metric\":\(shape.labels(row: row, metric: metric)),\"value\":[".utf8)
            result.times.append(result.bytes.count)
            result.bytes += Array("\(second).114,\"".utf8)
            append(shape.value(row: row, second: second, isMemory: isMemory), to: &result.bytes)
            result.bytes += Array("\"]}".utf8)
        }
        result.bytes += Array("]}}".utf8)
        return result
    }

    private func history(isMemory: Bool, _ start: Int64, _ end: Int64, _ step: Int64) -> [UInt8] {
        // A sum an application, whatever the rows are.
        let sums = FleetShape(nodes: shape.applications, form: .sums)
        var bytes = Array("{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[".utf8)
        for row in 0..<sums.rows {
            if row > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += Array("{\"metric\":{\"application\":\"\(shape.application(row: row))\"},\"values\":[".utf8)
            for second in stride(from: start, through: end, by: Int(step)) {
                if second > start { bytes.append(UInt8(ascii: ",")) }
                bytes += Array("[\(second),\"".utf8)
                Self.append(sums.value(row: row, second: second, isMemory: isMemory), to: &bytes)
                bytes += Array("\"]".utf8)
            }
            bytes += Array("]}".utf8)
        }
        bytes += Array("]}}".utf8)
        return bytes
    }

    /// The shortest digits that are this number, as Go writes them; whole ones without a point.
    private static func append(_ value: Double, to bytes: inout [UInt8]) {
        if value == value.rounded(), value.magnitude < 0x1p53 {
            bytes += Array(String(Int64(value)).utf8)
        } else {
            bytes += Array(value.description.utf8)
        }
    }
}

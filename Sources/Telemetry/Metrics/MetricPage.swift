/// A page of metrics in one of the two text formats, family by family.
///
/// Prometheus text format 0.0.4 and OpenMetrics 1.0 differ in how a family is introduced, in the
/// names of counters and infos there, and in the last line.
struct MetricPage {
    enum Format: Hashable {
        case prometheus
        case openMetrics

        var contentType: String {
            switch self {
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }
    }

    let format: Format
    private let bytes: PageBuffer
    private var family: MetricFamily?
    private var isIntroduced = false

    /// - Parameter count: bytes that it is not expected to exceed.
    init(_ format: Format, reserving count: Int = 0) {
        self.format = format
        bytes = PageBuffer(capacity: count)
    }

    /// Writes the family that `body` gives samples of; nothing when it gives none.
    mutating func family(_ family: MetricFamily, _ body: (inout MetricPage) -> Void) {
        self.family = family
        isIntroduced = false
        body(&self)
        self.family = nil
    }

    private mutating func introduce() -> MetricFamily {
        guard let family else { preconditionFailure("a sample outside of a family") }
        guard !isIntroduced else { return family }
        isIntroduced = true
        switch format {
        case .prometheus:
            text("# HELP \(family.name) \(Self.escaped(family.help, quotes: false))\n")
            let type = family.kind == .info ? "gauge" : family.kind.rawValue
            text("# TYPE \(family.name) \(type)\n")
        case .openMetrics:
            let name = family.baseName
            text("# TYPE \(name) \(family.kind.rawValue)\n")
            if !family.unit.isEmpty { text("# UNIT \(name) \(family.unit)\n") }
            text("# HELP \(name) \(Self.escaped(family.help, quotes: true))\n")
        }
        return family
    }

    // MARK: Samples

    /// - Parameters: `name="value"` with commas between, escaped; empty for none.
    mutating func sample(_ value: Double, of labels: [UInt8] = [], _ more: String = "") {
        start(labels, more)
        text(Self.number(value))
        newLine()
    }

    mutating func sample(_ value: UInt64, of labels: [UInt8] = [], _ more: String = "") {
        start(labels, more)
        text(String(value))
        newLine()
    }

    /// Nanoseconds as seconds, exactly.
    mutating func sample(
        nanoseconds: UInt64,
        of labels: [UInt8] = [],
        _ more: String = ""
    ) {
        start(labels, more)
        seconds(nanoseconds)
        newLine()
    }

    /// - Parameter sumNanoseconds: of all that was counted.
    mutating func histogram(_ counts: Histogram, sumNanoseconds: UInt64, _ more: String = "") {
        let family = introduce()
        var total: UInt64 = 0
        let comma = more.isEmpty ? "" : ","
        for (index, count) in counts.buckets.enumerated() {
            total &+= count
            let isLast = index == counts.buckets.count - 1
            let edge = isLast ? .infinity : Double(UInt64(1) << UInt64(counts.shift + index)) / 1e9
            text("\(family.name)_bucket{\(more)\(comma)le=\"\(Self.number(edge))\"} \(total)\n")
        }
        let labels = more.isEmpty ? "" : "{\(more)}"
        text("\(family.name)_sum\(labels) ")
        seconds(sumNanoseconds)
        text("\n\(family.name)_count\(labels) \(total)\n")
    }

    /// The page, ended as its format wants it.
    consuming func finished() -> PageBuffer {
        if format == .openMetrics { text("# EOF\n") }
        return bytes
    }

    private mutating func start(_ labels: [UInt8], _ more: String) {
        let family = introduce()
        text(family.name)
        if !labels.isEmpty || !more.isEmpty {
            bytes.append(UInt8(ascii: "{"))
            bytes.append(labels)
            if !labels.isEmpty, !more.isEmpty { bytes.append(UInt8(ascii: ",")) }
            text(more)
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: " "))
    }

    private func newLine() { bytes.append(UInt8(ascii: "\n")) }

    private func text(_ text: String) { bytes.append(text) }

    private func seconds(_ nanoseconds: UInt64) {
        text(String(nanoseconds / 1_000_000_000))
        let rest = nanoseconds % 1_000_000_000
        guard rest > 0 else { return }
        bytes.append(UInt8(ascii: "."))
        var digits = rest
        var count = 9
        while digits % 10 == 0 {
            digits /= 10
            count -= 1
        }
        let shown = String(digits)
        for _ in shown.utf8.count..<count { bytes.append(UInt8(ascii: "0")) }
        text(shown)
    }

    // MARK: Text

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), value.magnitude < 9e15 { return String(Int64(value)) }
        return value.description
    }

    /// `name="value"`, with what would end the value or the line escaped.
    static func label(_ name: String, _ value: String) -> String {
        "\(name)=\"\(escaped(value, quotes: true))\""
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        guard text.utf8.contains(where: { $0 == 0x5c || $0 == 0x0a || $0 == 0x22 }) else {
            return text
        }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

/// A page of metrics as OTLP has it, in OTLP's JSON encoding: 64-bit numbers are strings, enumerations numbers.
///
/// Source: opentelemetry-proto 1.x, `ExportMetricsServiceRequest`, and the specification's "JSON Protobuf Encoding".
package struct ExportRequest: Encodable, Sendable {
    struct Value: Encodable, Sendable { var stringValue: String }

    struct Attribute: Encodable, Sendable {
        var key: String
        var value: Value
    }

    struct Resource: Encodable, Sendable { var attributes: [Attribute] }

    struct Scope: Encodable, Sendable { var name = "headroom" }

    struct NumberPoint: Encodable, Sendable {
        var attributes: [Attribute]
        var timeUnixNano: String
        var asDouble: Double
    }

    struct HistogramPoint: Encodable, Sendable {
        var attributes: [Attribute]
        var timeUnixNano: String
        var count: String
        var sum: Double?
        var bucketCounts: [String]
        var explicitBounds: [Double]
    }

    struct Gauge: Encodable, Sendable { var dataPoints: [NumberPoint] }

    struct Sum: Encodable, Sendable {
        var dataPoints: [NumberPoint]
        var aggregationTemporality = ExportRequest.cumulative
        var isMonotonic = true
    }

    struct Histogram: Encodable, Sendable {
        var dataPoints: [HistogramPoint]
        var aggregationTemporality = ExportRequest.cumulative
    }

    struct Metric: Encodable, Sendable {
        var name: String
        var description: String
        var unit: String
        var gauge: Gauge?
        var sum: Sum?
        var histogram: Histogram?
    }

    struct ScopeMetrics: Encodable, Sendable {
        var scope: Scope
        var metrics: [Metric]
    }

    struct ResourceMetrics: Encodable, Sendable {
        var resource: Resource
        var scopeMetrics: [ScopeMetrics]
    }

    /// AGGREGATION_TEMPORALITY_CUMULATIVE
    private static let cumulative = 2

    let resourceMetrics: [ResourceMetrics]
    /// Figures of the page that JSON cannot say (NaN and infinities), and that are left out.
    package let leftOut: Int

    private enum CodingKeys: String, CodingKey { case resourceMetrics }

    /// - Parameters:
    ///   - timeNanoseconds: of the page, Unix.
    ///   - resource: attributes of where it is from, such as `service.name` and `host.name`.
    package init(_ families: [MetricFamily], timeNanoseconds: UInt64, resource: [(String, String)]) {
        var leftOut = 0
        let time = String(timeNanoseconds)
        func points(_ family: MetricFamily) -> [NumberPoint] {
            family.samples.compactMap { sample in
                guard sample.value.isFinite else {
                    leftOut += 1
                    return nil
                }
                return NumberPoint(attributes: Self.attributes(sample.labels), timeUnixNano: time, asDouble: sample.value)
            }
        }
        let metrics = families.map { family in
            var metric = Metric(name: family.name, description: family.help, unit: Self.unit(family.name))
            switch family.kind {
            case .counter: metric.sum = Sum(dataPoints: points(family))
            case .histogram: metric.histogram = Histogram(dataPoints: Self.histograms(family, time))
            case .gauge, .untyped: metric.gauge = Gauge(dataPoints: points(family))
            }
            return metric
        }
        self.leftOut = leftOut
        resourceMetrics = [
            ResourceMetrics(
                resource: Resource(attributes: Self.attributes(resource.map { ($0.0, $0.1) })),
                scopeMetrics: [ScopeMetrics(scope: Scope(), metrics: metrics)])
        ]
    }

    private static func attributes(_ labels: [(key: String, value: String)]) -> [Attribute] {
        labels.map { Attribute(key: $0.key, value: Value(stringValue: $0.value)) }
    }

    /// Cumulative buckets with an upper edge each become counts between edges.
    private static func histograms(_ family: MetricFamily, _ time: String) -> [HistogramPoint] {
        struct Parts {
            var labels: [(key: String, value: String)]
            var edges: [(edge: Double, count: Double)] = []
            var sum: Double?
            var count = 0.0
        }
        var order: [String] = []
        var found: [String: Parts] = [:]
        for sample in family.samples {
            let labels = sample.labels.filter { $0.key != "le" }
            let key = labels.map { "\($0.key)\u{0}\($0.value)" }.joined(separator: "\u{1}")
            if found[key] == nil {
                order.append(key)
                found[key] = Parts(labels: labels)
            }
            switch sample.name.dropFirst(family.name.count) {
            case "_bucket":
                let edge = sample.labels.first { $0.key == "le" }?.value ?? ""
                found[key]?.edges.append((edge == "+Inf" ? .infinity : Double(edge) ?? .nan, sample.value))
            case "_sum": found[key]?.sum = sample.value.isFinite ? sample.value : nil
            case "_count": found[key]?.count = sample.value
            default: break
            }
        }
        return order.compactMap { key in
            guard let parts = found[key] else { return nil }
            let edges = parts.edges.filter { !$0.edge.isNaN }.sorted { $0.edge < $1.edge }
            var before = 0.0
            var counts = edges.map { edge in
                defer { before = max(before, edge.count) }
                return whole(edge.count - before)
            }
            if edges.last?.edge.isFinite ?? true { counts.append(whole(parts.count - before)) }
            return HistogramPoint(
                attributes: attributes(parts.labels), timeUnixNano: time, count: whole(parts.count), sum: parts.sum,
                bucketCounts: counts, explicitBounds: edges.map(\.edge).filter(\.isFinite))
        }
    }

    private static func whole(_ value: Double) -> String { String(UInt64(exactly: value.rounded()) ?? 0) }

    /// UCUM's, by the ending that Prometheus' conventions give a name.
    private static func unit(_ name: String) -> String {
        let base = name.hasSuffix("_total") ? String(name.dropLast(6)) : name
        return base.hasSuffix("_seconds") ? "s" : base.hasSuffix("_bytes") ? "By" : base.hasSuffix("_ratio") ? "1" : ""
    }
}

package import Aggregates
internal import Forecast
internal import KubernetesCapacity

/// All containers of applications in one resource: samples in, bands out.
///
/// Pure: time comes in with the samples. A value type; the owner serialises access. A round is linear
/// in the answer's rows and in the containers known.
package struct ContainerFleet: Sendable {
    private struct Series: Sendable {
        let name: String
        var forecaster: SeriesForecaster?
        var value = 0.0
        /// Round in which it was seen last.
        var seen: UInt64 = 0
        /// Since when it has been gone, Unix nanoseconds; nil while it is there.
        var goneSince: Int64?
    }

    /// What is known of one container.
    struct Knowledge: Sendable {
        let band: Band
        /// Forecasts whose whole horizon was seen.
        let matured: UInt64
        /// Share of them that the target covered.
        let covered: Double
        let isGone: Bool
    }

    package let source: ContainerConfiguration.Source
    package let configuration: ContainerConfiguration
    /// Of the last samples learned, Unix nanoseconds; `Int64.min` before the first.
    package private(set) var timeNanoseconds = Int64.min
    /// Samples that were NaN, negative, or more than there can be, since the start.
    package private(set) var unusable: UInt64 = 0
    /// Series without the label, or whose label names no container, since the start.
    package private(set) var unnamed: UInt64 = 0
    /// Without a forecast, as of the last round.
    package private(set) var beyondLimit = 0
    private var series: [Series] = []
    private var places: [String: Int] = [:]
    /// Places by application.
    private var containers: [Substring: [Int]] = [:]
    private var round: UInt64 = 0

    /// What went is kept so long: a deployment that comes back goes on with what it knew.
    private static let keepsGoneNanoseconds: Int64 = 86_400_000_000_000
    /// Less of the agents answering than this, and who is missing may only not have been seen.
    private static let healthyShare = 0.99

    package init(_ source: ContainerConfiguration.Source, _ configuration: ContainerConfiguration) {
        self.source = source
        self.configuration = configuration
    }

    package var resource: Resource { source.resource }
    /// That are there.
    package var count: Int { series.count { $0.goneSince == nil } }

    /// The application of `shop/Deployment/web/nginx`; nil when it names no container.
    static func application(of name: String) -> Substring? {
        guard let slash = name.lastIndex(of: "/"), slash > name.startIndex,
            name.index(after: slash) < name.endIndex
        else { return nil }
        return name[..<slash]
    }

    // MARK: Samples

    /// Learns one round's samples, all of the same time.
    /// `answering` is the share of the agents that answer, `0...1`.
    package mutating func ingest(_ table: SeriesTable, at time: Int64, answering: Double) {
        begin(at: time)
        let known = place(table.names)
        for row in table.rows {
            guard let name = row.name, let place = known[name] else {
                unnamed += 1
                continue
            }
            guard let point = table.points(of: row).last else { continue }
            add(point, to: place)
        }
        close(answering: answering)
    }

    /// Learns history, in the order of time.
    package mutating func ingest(history table: SeriesTable, _ range: TimeRange) {
        let known = place(table.names)
        var next = table.rows.map(\.points.lowerBound)
        for step in 0..<range.pointCount {
            let time = Double(range.start + Int64(step) * range.step)
            var hasAny = false
            for (index, row) in table.rows.enumerated() {
                let at = next[index]
                guard at < row.points.upperBound, table.points[at].time < time + 0.5 else {
                    continue
                }
                next[index] = at + 1
                guard let name = row.name, let place = known[name] else {
                    unnamed += 1
                    continue
                }
                if !hasAny {
                    begin(at: Int64(time) * 1_000_000_000)
                    hasAny = true
                }
                add(table.points[at], to: place)
            }
            if hasAny { close(answering: 1) }
        }
    }

    private mutating func begin(at time: Int64) {
        round += 1
        timeNanoseconds = time
    }

    /// Places of the names of an answer; nil for those that name no container.
    private mutating func place(_ names: [String]) -> [Int?] {
        names.map { name in
            if let place = places[name] { return place }
            guard let application = Self.application(of: name) else { return nil }
            series.append(Series(name: name))
            places[name] = series.count - 1
            containers[application, default: []].append(series.count - 1)
            return series.count - 1
        }
    }

    /// The largest of several: they are of different pods.
    private mutating func add(_ point: SeriesTable.Point, to place: Int) {
        guard point.isUsable else {
            unusable += 1
            return
        }
        let value = point.value
        series[place].value = series[place].seen == round ? max(series[place].value, value) : value
        series[place].seen = round
        series[place].goneSince = nil
    }

    private mutating func close(answering: Double) {
        beyondLimit = 0
        var forecast = series.count { $0.forecaster != nil }
        for place in series.indices {
            guard series[place].seen == round else {
                if series[place].goneSince == nil, answering >= Self.healthyShare {
                    series[place].goneSince = timeNanoseconds
                }
                continue
            }
            if series[place].forecaster == nil {
                guard forecast < configuration.limit else {
                    beyondLimit += 1
                    continue
                }
                series[place].forecaster = SeriesForecaster(configuration: configuration.forecasts)
                forecast += 1
            }
            let observation = Observation(
                timeNanoseconds: timeNanoseconds, value: series[place].value, coverage: answering)
            series[place].forecaster?.observe(observation)
        }
        dropGone()
    }

    private mutating func dropGone() {
        let oldest = timeNanoseconds - Self.keepsGoneNanoseconds
        guard series.contains(where: { ($0.goneSince ?? .max) < oldest }) else { return }
        series.removeAll { ($0.goneSince ?? .max) < oldest }
        places = Dictionary(uniqueKeysWithValues: series.indices.map { (series[$0].name, $0) })
        containers = Dictionary(grouping: series.indices) {
            Self.application(of: series[$0].name) ?? ""
        }
    }

    // MARK: Bands

    /// What is known of an application's containers, by their names; nil when there never was one.
    func knowledge(of application: String) -> [String: Knowledge]? {
        guard let places = containers[application[...]] else { return nil }
        var known: [String: Knowledge] = [:]
        for place in places {
            let name = series[place].name
            guard let forecaster = series[place].forecaster,
                let lower = forecaster.forecast(horizon: 0, quantile: 0),
                let target = forecaster.forecast(horizon: 0, quantile: 1),
                let upper = forecaster.forecast(horizon: 0, quantile: 2),
                // A checkpoint may have seen what is refused by now.
                lower >= 0, max(lower, target, upper).isFinite
            else { continue }
            let calibration = forecaster.calibration(horizon: 0, quantile: 1)
            known[String(name.dropFirst(application.count + 1))] = Knowledge(
                band: Band(
                    lower: lower,
                    target: max(lower, target),
                    upper: max(lower, target, upper)
                ),
                matured: calibration.maturedLabels,
                covered: calibration.coveredFraction,
                isGone: series[place].goneSince != nil
            )
        }
        return known
    }

    // MARK: Checkpoint

    func add(to checkpoint: inout Checkpoint) {
        for one in series {
            guard let forecaster = one.forecaster else { continue }
            checkpoint.add(forecaster, key: FleetKey.container(resource, one.name).text)
        }
    }

    mutating func restore(_ name: String, _ forecaster: SeriesForecaster) {
        guard let place = place([name])[0] else { return }
        series[place].forecaster = forecaster
        // Until it is seen, it is not there.
        if series[place].seen == 0 {
            series[place].goneSince = timeNanoseconds == .min ? nil : timeNanoseconds
        }
    }

    mutating func restore(timeNanoseconds: Int64) { self.timeNanoseconds = timeNanoseconds }
}

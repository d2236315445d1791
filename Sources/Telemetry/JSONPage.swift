internal import Agent
internal import Aggregates
internal import HeadroomABI

/// An array of the objects that `run --json` writes, one a line.
struct JSONPage {
    private var sink = JSONSink(descriptor: -1)
    private let bytes = PageBuffer("[")

    /// A line as it was told, without its end; nil adds nothing.
    mutating func append(_ line: [UInt8]?) {
        guard let line else { return }
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(line)
    }

    mutating func window(_ path: String, _ slot: hr_table_slot) {
        sink.window(
            WindowSubject(
                index: 0,
                generation: slot.generation,
                cgroupID: slot.cgroup_id,
                path: path,
                identity: CgroupIdentity(path: path),
                isRoot: path == "/",
                isLeaf: false
            ),
            slot.window,
            slot.detail.parts == 0 ? nil : slot.detail
        )
        take()
    }

    mutating func forecasts(_ path: String, _ slot: hr_table_slot, _ axes: ForecastAxes) {
        for resource in Resource.measured {
            for (horizon, lead) in axes.horizonsNanoseconds.enumerated() {
                let values = axes.quantiles.indices.map {
                    axes.value(resource, horizon, $0, in: slot) ?? .nan
                }
                guard values.contains(where: { !$0.isNaN }) else { continue }
                sink.forecast(
                    IssuedForecast(
                        timeNanoseconds: slot.window.end_ns,
                        cgroupID: slot.cgroup_id,
                        path: path,
                        resource: resource,
                        horizonNanoseconds: Int64(clamping: lead),
                        quantiles: axes.quantiles,
                        values: values
                    )
                )
                take()
            }
        }
    }

    private mutating func take() {
        append(Array(sink.line.bytes.dropLast()))
        sink.line.removeAll()
    }

    consuming func finished() -> PageBuffer {
        bytes.append("\n]\n")
        return bytes
    }
}

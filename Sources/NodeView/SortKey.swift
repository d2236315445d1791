internal import Aggregates

/// What the cgroups of a view are sorted by, largest first; `path` alphabetically.
package enum SortKey: String, CaseIterable, Sendable {
    case cpu, memory, network, disk, delay, throttling, pressure, forecast, buffer, path

    /// The key that chooses it in a live view.
    package var letter: Unicode.Scalar {
        switch self {
        case .cpu: "c"
        case .memory: "m"
        case .network: "n"
        case .disk: "d"
        case .delay: "w"
        case .throttling: "x"
        case .pressure: "y"
        case .forecast: "f"
        case .buffer: "b"
        case .path: "o"
        }
    }

    package var meaning: String {
        switch self {
        case .cpu: "CPU, cores"
        case .memory: "memory"
        case .network: "network, both ways"
        case .disk: "disk, both ways"
        case .delay: "waiting for a CPU"
        case .throttling: "stopped by its CPU limit"
        case .pressure: "pressure: CPU, memory or I/O"
        case .forecast: "CPU that is forecast"
        case .buffer: "CPU buffer"
        case .path: "path"
        }
    }

    /// What a row is sorted by; NaN counts as less than anything.
    package func weight(_ row: CgroupRow) -> Float {
        switch self {
        case .cpu: row.figures[.cpu]
        case .memory: row.figures[.memory]
        case .network: row.network
        case .disk: row.disk
        case .delay: row.figures[.delay]
        case .throttling: row.figures[.throttled]
        case .pressure: row.pressure?.share ?? .nan
        case .forecast: row.figures[.forecastCPU]
        case .buffer: row.buffer(.cpu)
        case .path: 0
        }
    }
}

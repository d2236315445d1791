/// What is sampled, forecast and planned. The raw value is the index used in the shared table.
package enum Resource: UInt8, CaseIterable, Hashable, Sendable {
    case cpu
    case memory
    case networkReceive
    case networkTransmit
    case diskRead
    case diskWrite
    /// Requests a second. Only traces and hints carry it; no probe measures it.
    case requests

    /// The resources that probes measure, in table order.
    package static let measured: [Resource] = [
        .cpu, .memory, .networkReceive, .networkTransmit, .diskRead, .diskWrite,
    ]

    /// The column of a trace file and the `resource` of a JSON line.
    package var name: String {
        switch self {
        case .cpu: "cpu"
        case .memory: "memory"
        case .networkReceive: "net_rx"
        case .networkTransmit: "net_tx"
        case .diskRead: "disk_read"
        case .diskWrite: "disk_write"
        case .requests: "requests"
        }
    }

    /// The field name of a live JSON line, with its unit.
    package var fieldName: String {
        switch self {
        case .cpu: "cpu_cores"
        case .memory: "memory_bytes"
        case .networkReceive: "net_rx_bytes_per_s"
        case .networkTransmit: "net_tx_bytes_per_s"
        case .diskRead: "disk_read_bytes_per_s"
        case .diskWrite: "disk_write_bytes_per_s"
        case .requests: "requests_per_s"
        }
    }

    package init?(name: String) {
        guard let match = Resource.allCases.first(where: { $0.name == name }) else { return nil }
        self = match
    }
}

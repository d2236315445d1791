internal import Aggregates
internal import Terminal

/// A column of the table of cgroups: a figure, and beside it a line of its last windows.
package struct Column: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        case cpu, forecastCPU, bufferCPU, peakCPU, delay, throttled
        case memory, forecastMemory, bufferMemory, pressure
        case network, receive, transmit, disk, read, write
    }

    package let content: Content
    /// Cells of the figure.
    package var width: Int
    /// Cells of the line; 0 for none.
    package var sparkWidth = 0

    init(_ content: Content) {
        self.content = content
        width = content == .throttled ? 4 : 5
    }

    /// With the line, and a blank before each.
    package var totalWidth: Int { width + 1 + (sparkWidth > 0 ? sparkWidth + 1 : 0) }

    /// - Parameter percentile: of the forecasts, `P95`.
    package func title(_ percentile: String) -> String {
        switch content {
        case .cpu: "CPU"
        case .forecastCPU, .forecastMemory: percentile
        case .bufferCPU, .bufferMemory: "BUF"
        case .peakCPU: "PEAK"
        case .delay: "WAIT"
        case .throttled: "THR%"
        case .memory: "MEM"
        case .pressure: "PSI%"
        case .network: "NET"
        case .receive: "RX"
        case .transmit: "TX"
        case .disk: "DISK"
        case .read: "READ"
        case .write: "WRITE"
        }
    }

    /// What sorting by this column means; nil for those that nothing is sorted by.
    package var sortKey: SortKey? {
        switch content {
        case .cpu: .cpu
        case .forecastCPU: .forecast
        case .bufferCPU: .buffer
        case .delay: .delay
        case .throttled: .throttling
        case .memory: .memory
        case .pressure: .pressure
        case .network, .receive, .transmit: .network
        case .disk, .read, .write: .disk
        case .peakCPU, .forecastMemory, .bufferMemory: nil
        }
    }

    package func text(_ row: CgroupRow) -> String {
        func bytes(_ value: Float) -> String { value.isNaN ? "-" : Compact.bytes(Double(value)) }
        func cores(_ value: Float) -> String { Compact.cores(Double(value)) }
        switch content {
        case .cpu: return cores(row.figures[.cpu])
        case .forecastCPU: return cores(row.figures[.forecastCPU])
        case .bufferCPU: return cores(row.buffer(.cpu))
        case .peakCPU: return cores(row.peakCores)
        case .delay: return Compact.wait(secondsPerSecond: Double(row.figures[.delay]))
        case .throttled: return Compact.share(Double(row.figures[.throttled]))
        case .memory: return bytes(row.figures[.memory])
        case .forecastMemory: return bytes(row.figures[.forecastMemory])
        case .bufferMemory: return bytes(row.buffer(.memory))
        case .pressure:
            guard let worst = row.pressure else { return "-" }
            let text = Compact.share(Double(worst.share))
            return worst.share < 0.0005 ? text : text + (worst.on.pressureLetter ?? "")
        case .network: return bytes(row.network)
        case .receive: return bytes(row.figures[.networkReceive])
        case .transmit: return bytes(row.figures[.networkTransmit])
        case .disk: return bytes(row.disk)
        case .read: return bytes(row.figures[.diskRead])
        case .write: return bytes(row.figures[.diskWrite])
        }
    }

    /// Figures whose sum, or for pressure worst, is drawn; and what the line is scaled to at least.
    var spark: (figures: [Figure], least: Float) {
        switch content {
        case .cpu: ([.cpu], 0.01)
        case .forecastCPU: ([.forecastCPU], 0.01)
        case .bufferCPU: ([.forecastCPU, .cpu], 0.01)
        case .bufferMemory: ([.forecastMemory, .memory], 1)
        case .peakCPU: ([], 0)
        case .delay: ([.delay], 0.001)
        case .throttled: ([.throttled], 0.01)
        case .memory: ([.memory], 1)
        case .forecastMemory: ([.forecastMemory], 1)
        case .pressure: ([.pressureCPU, .pressureMemory, .pressureIO], 0.01)
        case .network, .transmit: ([.networkReceive, .networkTransmit], 1024)
        case .receive: ([.networkReceive], 1024)
        case .disk, .write: ([.diskRead, .diskWrite], 1024)
        case .read: ([.diskRead], 1024)
        }
    }

    /// The last windows of a row.
    package func history(_ row: CgroupRow, _ details: any CgroupDetails) -> [Float] {
        let (figures, _) = spark
        guard let first = figures.first else { return [] }
        var values = details.history(first, of: row.id)
        for figure in figures.dropFirst() {
            let more = details.history(figure, of: row.id)
            for place in values.indices where place < more.count {
                switch content {
                case .bufferCPU, .bufferMemory: values[place] = max(0, values[place] - more[place])
                case .pressure: values[place] = max(values[place], more[place])
                default: values[place] += more[place]
                }
            }
        }
        return values
    }

    /// How a figure is coloured.
    func style(_ row: CgroupRow) -> CellStyle {
        switch content {
        case .cpu:
            return row.figures[.cpu] > row.figures[.forecastCPU] ? CellStyle(.magenta, bold: true) : .plain
        case .memory:
            return row.figures[.memory] > row.figures[.forecastMemory]
                ? CellStyle(.magenta, bold: true) : .plain
        case .forecastCPU, .forecastMemory, .peakCPU: return CellStyle(.cyan)
        case .bufferCPU, .bufferMemory: return CellStyle(.green)
        case .delay: return Self.alert(row.figures[.delay], 0.1, 1)
        case .throttled: return Self.alert(row.figures[.throttled], 0.001, 0.1)
        case .pressure: return Self.alert(row.pressure?.share ?? 0, 0.05, 0.25)
        default: return .plain
        }
    }

    private static func alert(_ value: Float, _ notable: Float, _ high: Float) -> CellStyle {
        value >= high ? CellStyle(.red, bold: true) : value >= notable ? CellStyle(.yellow) : .plain
    }
}

extension Figure {
    /// Behind a share of pressure: on what tasks stalled.
    package var pressureLetter: String? {
        switch self {
        case .pressureCPU: "c"
        case .pressureMemory: "m"
        case .pressureIO: "i"
        default: nil
        }
    }
}

/// Which columns a width has room for, beside the names.
package enum ColumnChoice {
    /// Least cells for names, by the width of the terminal.
    private static func leastName(_ columns: Int) -> Int {
        columns < 80 ? 14 : columns < 120 ? 20 : columns < 180 ? 26 : 34
    }

    /// For these rows: what none of them knows takes no room. O(rows) at most, O(1) as a rule.
    package static func columns(for width: Int, _ rows: [CgroupRow]) -> [Column] {
        var absent: Set<Column.Content> = []
        if !rows.contains(where: { !$0.figures[.throttled].isNaN }) { absent.insert(.throttled) }
        if !rows.contains(where: { $0.pressure != nil }) { absent.insert(.pressure) }
        return columns(for: width, without: absent)
    }

    /// In the order that they are shown in. Complexity: O(1).
    package static func columns(
        for width: Int, without absent: Set<Column.Content> = []
    ) -> [Column] {
        var chosen = [
            Column(.cpu), Column(.forecastCPU), Column(.bufferCPU), Column(.delay), Column(.throttled),
            Column(.memory), Column(.pressure), Column(.network), Column(.disk),
        ].filter { !absent.contains($0.content) }
        let room = width - leastName(width)
        func total(_ columns: [Column]) -> Int { columns.reduce(0) { $0 + $1.totalWidth } }
        // What can be done without, first of all.
        let sacrifices: [Column.Content] = [
            .throttled, .pressure, .disk, .network, .bufferCPU, .delay, .forecastCPU, .memory,
        ]
        for content in sacrifices where total(chosen) > room {
            chosen.removeAll { $0.content == content }
        }
        guard total(chosen) <= room else { return chosen }
        let spark = width < 100 ? 5 : width < 180 ? 8 : width < 220 ? 8 : 12
        for extension_ in extensions {
            var extended = chosen
            extension_(&extended, spark)
            if total(extended) <= room { chosen = extended }
        }
        return chosen
    }

    /// What more room is used for, most wanted first.
    private static let extensions: [@Sendable (inout [Column], Int) -> Void] = [
        { draw(.cpu, &$0, $1) },
        { columns, _ in insert(Column(.forecastMemory), behind: .memory, &columns) },
        { draw(.memory, &$0, $1) },
        { columns, _ in split(.network, [.receive, .transmit], &columns) },
        { columns, _ in split(.disk, [.read, .write], &columns) },
        { draw(.delay, &$0, $1) },
        { columns, spark in
            draw(.network, &columns, spark)
            draw(.transmit, &columns, spark)
        },
        { columns, spark in
            draw(.disk, &columns, spark)
            draw(.write, &columns, spark)
        },
        { draw(.pressure, &$0, $1) },
        { draw(.throttled, &$0, $1) },
        { draw(.forecastCPU, &$0, $1) },
        { draw(.bufferCPU, &$0, $1) },
        { columns, _ in insert(Column(.peakCPU), behind: .bufferCPU, &columns) },
        { columns, _ in insert(Column(.bufferMemory), behind: .forecastMemory, &columns) },
        { draw(.forecastMemory, &$0, $1) },
    ]

    private static func draw(_ content: Column.Content, _ columns: inout [Column], _ width: Int) {
        for place in columns.indices where columns[place].content == content {
            columns[place].sparkWidth = width
        }
    }

    private static func insert(
        _ column: Column, behind content: Column.Content, _ columns: inout [Column]
    ) {
        guard let place = columns.firstIndex(where: { $0.content == content }) else { return }
        columns.insert(column, at: place + 1)
    }

    private static func split(
        _ content: Column.Content, _ parts: [Column.Content], _ columns: inout [Column]
    ) {
        guard let place = columns.firstIndex(where: { $0.content == content }) else { return }
        columns.replaceSubrange(place...place, with: parts.map(Column.init))
    }
}

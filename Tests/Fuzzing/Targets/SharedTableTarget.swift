import Agent
import Aggregates
import Glibc
import HeadroomABI
import NodeView

@testable import Terminal

extension FuzzTarget {
    /// The shared table with any bytes in it, cut anywhere: readers stay within it, come to an end, and `headroom top`
    /// draws something of it, whatever key is pressed.
    static let sharedTable = FuzzTarget(name: "shared-table", largest: 512) { bytes in
        var input = FuzzInput(bytes)
        var table = TableBytes.whole
        let cut = Int(input.number(UInt16.self))
        let keys = input.bytes(4).map { Key.character(Unicode.Scalar($0 & 0x7F)) }
        while !input.isEmpty {
            // The first half of the numbers means a place that matters, the rest any.
            let number = Int(input.number(UInt16.self))
            let place = number < 0x8000 ? TableBytes.places[number % TableBytes.places.count] : number * 7 % table.count
            for (offset, byte) in input.bytes(1 + Int(input.byte() % 8)).enumerated() where place + offset < table.count {
                table[place + offset] = byte
            }
        }
        // A writer that stays in the middle is waited for: SharedTableTests has that.
        for place in TableBytes.sequences { table[place] &= 0xFE }
        if cut > 0 { table.removeLast(min(cut, table.count)) }
        readMemory(table)
        try showFile(table, keys)
    }

    /// In memory of exactly that size, so that a sanitizer sees what goes beyond.
    private static func readMemory(_ bytes: [UInt8]) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 64)
        defer { unsafe memory.deallocate() }
        unsafe bytes.withUnsafeBytes { source in
            if let start = source.baseAddress { unsafe memory.copyMemory(from: start, byteCount: source.count) }
        }
        guard var reader = try? unsafe TableReader(memory: UnsafeRawPointer(memory), byteCount: bytes.count) else { return }
        guard let header = reader.header() else { return }
        for plan in header.plans { _ = (plan.ladder, plan.reason, plan.coverage) }
        for request in header.requests { _ = (request.outcome, request.isOfNode) }
        let horizons = Int(header.horizon_count)
        var history = WindowHistory()
        history.choose(
            horizons: horizons,
            quantiles: header.elements(of: \.quantiles, as: Double.self, first: Int(header.quantile_count)))
        for index in 0..<min(reader.slotCount, 64) {
            _ = unsafe reader.look(at: index) { slot -> Int? in
                _ = unsafe history.figures(of: slot)
                for tick in [header.history_tick, 1, 0, .max] {
                    _ = unsafe WindowHistory.read(.delay, of: slot, until: tick)
                    _ = unsafe WindowHistory.value(.forecastCPU, of: slot, at: tick)
                }
                return nil
            }
            if let slot = reader.slot(index) { _ = TableText.visible(TableText.read(slot.path)) }
        }
        if let copy = TableCopy(of: &reader) { _ = copy.reader.slotCount }
    }

    private static func showFile(_ bytes: [UInt8], _ keys: [Key]) throws {
        try ScratchFile.with(bytes, named: "table") { folder, _ in
            let directory = RuntimeDirectory(path: folder)
            // The agent that is looked for is this process.
            let lock = unsafe open(directory.lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            defer {
                close(lock)
                unsafe unlink(directory.lockPath)
            }
            flock(lock, LOCK_EX)
            var checks: [Frame] = []
            do throws(AgentError) {
                let source = try TableSource(directory: directory)
                let model = TopModel(source: source, hostName: "node")
                try model.refresh()
                checks.append(model.frame(columns: 100, rows: 30))
                for key in keys where model.handle(key) {
                    checks.append(model.frame(columns: 100, rows: 30))
                }
                let moment = try source.latest()
                for row in moment.rows { _ = moment.details.history(.delay, of: row.id) }
                if let before = try source.moment(atOrBefore: moment.time) { _ = before.rows.count }
                _ = try source.moment(after: 0)
            } catch {
                try demand(!error.description.isEmpty, "refused for no reason")
            }
            for frame in checks { try checkScreen(frame) }
        }
    }

    /// Characters alone, and none that moves the cursor.
    static func checkScreen(_ frame: Frame) throws {
        // Rows as text, which takes as long as drawing them, are not needed to look at all that is shown.
        var shown = ""
        for cell in frame.cells where cell.mark != 0 || !(0x20..<0x7F).contains(cell.scalar) {
            for value in [cell.scalar, cell.mark] where value != 0 {
                guard let scalar = Unicode.Scalar(value) else { throw Finding(description: "no character on the screen: \(value)") }
                shown.unicodeScalars.append(scalar)
            }
        }
        try demandHarmless(shown, "the screen")
    }
}

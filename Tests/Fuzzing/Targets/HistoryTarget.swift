import Agent
import Aggregates
import HeadroomABI
import NodeView

@testable import History

extension FuzzTarget {
    /// Files of the history. What a reader is told of one that ends early is the beginning of what it is told of the
    /// whole; what is damaged costs what comes after it, and nothing else. `headroom top` stands at its moments and draws them.
    ///
    /// The first byte says whether the rest is a file, or payloads of frames whose checksums are made right; whether
    /// it is read from a disk, too; and of which tier it is there.
    static let history = FuzzTarget(name: "history", largest: 4096) { bytes in
        var input = FuzzInput(bytes)
        let kind = input.byte()
        let cut = Int(input.number(UInt16.self))
        let file = kind & 1 == 0 ? Array(input.rest) : framed(&input)
        let whole = read(file)
        let part = read(Array(file.prefix(cut % (file.count + 1))))
        try demand(whole.told.starts(with: part.told), "a file that was cut tells something else, not less")
        try demand(part.frames <= whole.frames, "a file that was cut has more frames")
        // Any garbage behind whole frames costs none of them.
        let more = read(Array(file.prefix(whole.end)) + [0xFF] + file.prefix(64))
        try demand(
            more.told.elementsEqual(whole.told.prefix(whole.sound)) && more.frames == whole.frames,
            "garbage behind the frames changes them")
        // A file on disk may be gzip, too.
        guard kind & 2 != 0, !file.starts(with: [0x1F, 0x8B]) else { return }
        let tier: HistoryTier = kind & 4 == 0 ? .fine : .coarse
        // Its name is no later than any time in it.
        try ScratchFile.with(file, named: HistoryFile.name(tier, 0)) { folder, _ in
            var listener = Listener()
            let scan = try HistoryReader(directory: folder).scan(tier, 0...UInt64.max, into: &listener)
            try demand(listener.told == whole.told && scan.frames == whole.frames, "the file tells another history than its bytes")
            try demand(scan.damaged.isEmpty == (whole.damage == nil), "damaged: \(scan.damaged), and its bytes: \(whole.damage ?? "whole")")
            try stand(in: folder)
        }
    }

    /// At the newest moment, and at some before and after it.
    private static func stand(in folder: String) throws {
        let source = DiskSource(directory: folder)
        try source.hold()
        guard let newest = try source.moment(atOrBefore: .max) else { return }
        var times = [newest.time]
        for _ in 0..<3 {
            guard let time = times.last, time > 0, let before = try source.moment(atOrBefore: time - 1) else { break }
            try demand(before.time < time, "a moment before \(time) is \(before.time)")
            times.append(before.time)
        }
        for time in times + [0, .max] {
            _ = try source.plans(at: time)
            if let after = try source.moment(after: time) { try demand(after.time > time, "a moment after \(time) is \(after.time)") }
        }
        let model = TopModel(source: source, hostName: "node")
        try model.show(at: newest.time)
        try checkScreen(model.frame(columns: 100, rows: 30))
    }

    private struct Read {
        var told: [UInt64] = []
        var frames = 0
        /// Behind the last frame that made sense, and what was told up to there.
        var end = 0
        var sound = 0
        var damage: String?
    }

    private static func read(_ bytes: [UInt8]) -> Read {
        var read = Read()
        guard bytes.starts(with: HistoryFile.magic) else {
            read.damage = "no history"
            return read
        }
        var frames = FrameCursor(bytes, from: HistoryFile.magic.count)
        var decoder = HistoryDecoder(range: 0...UInt64.max, file: HistoryFile(.fine, 0, isClosed: false, byteCount: bytes.count))
        var listener = Listener()
        read.end = frames.position
        while let (kind, payload) = frames.next() {
            guard (try? decoder.take(kind, payload, &listener)) == true else {
                read.damage = "a \(kind) frame makes no sense"
                break
            }
            read.frames += 1
            read.end = frames.position
            read.sound = listener.told.count
        }
        read.damage = read.damage ?? frames.damage
        read.told = listener.told
        return read
    }

    /// A file of frames, each from a kind and a payload.
    private static func framed(_ input: inout FuzzInput) -> [UInt8] {
        var builder = ByteBuilder()
        builder.append(raw: HistoryFile.magic)
        while !input.isEmpty {
            let kind = FrameKind(rawValue: 1 + input.byte() % 8)!
            let payload = input.piece()
            builder.frame(kind) { $0.append(raw: payload) }
        }
        return builder.bytes
    }
}

/// Everything that a reader is told, as hashes in order.
private struct Listener: HistoryVisitor {
    private(set) var told: [UInt64] = []

    private mutating func note(_ body: (inout Hasher) -> Void) {
        var hasher = Hasher()
        body(&hasher)
        told.append(UInt64(truncatingIfNeeded: hasher.finalize()))
    }

    mutating func begin(_ header: HistoryHeader, _ file: HistoryFile) { note { $0.combine(header) } }

    mutating func window(_ cgroup: HistoryCgroup, _ window: Window, _ detail: HistoryDetail) {
        note {
            $0.combine(cgroup)
            $0.combine(window.end_ns)
            $0.combine(window.cpu_ns)
            $0.combine(window.coverage)
            $0.combine(detail)
        }
    }

    mutating func plan(_ plan: HistoryPlan, _ figures: HistoryPlanFigures, timeNanoseconds: UInt64) {
        note {
            $0.combine(plan)
            $0.combine(figures.demand.bitPattern)
            $0.combine(timeNanoseconds)
        }
    }

    mutating func tick(timeNanoseconds: UInt64, durationNanoseconds: UInt64) { note { $0.combine(timeNanoseconds) } }

    mutating func minute(_ cgroup: HistoryCgroup, _ minute: HistoryMinute, timeNanoseconds: UInt64) {
        note {
            $0.combine(cgroup)
            for index in minute.means.indices {
                $0.combine(minute.means[index].bitPattern)
                $0.combine(minute.forecasts[index].map(\.bitPattern))
            }
        }
    }

    mutating func minuteEnd(timeNanoseconds: UInt64, durationNanoseconds: UInt64) { note { $0.combine(timeNanoseconds) } }

    mutating func planMinute(_ plan: HistoryPlan, _ minute: HistoryPlanMinute, timeNanoseconds: UInt64) {
        note {
            $0.combine(plan)
            $0.combine(minute.held.bitPattern)
        }
    }

    mutating func agentMinute(_ minute: HistoryAgentMinute, timeNanoseconds: UInt64) {
        note { $0.combine(minute.cores.bitPattern) }
    }

    mutating func line(_ text: ArraySlice<UInt8>, timeNanoseconds: UInt64) { note { $0.combine(text) } }
}

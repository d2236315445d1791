/// Recorded and imported minutes in the order of time.
///
/// What an agent recorded comes file after file, as without it; what was imported comes between by its time. Memory: one
/// file of what was recorded, and of imports as many as are about the same time.
struct MinuteMerge {
    /// Files that do not overlap, one after another.
    private struct Lane {
        var waiting: ArraySlice<HistoryFile>
        let isImported: Bool
        var open: OpenFile?
        /// Of the next frame that has a time; of a file that is not open yet, before which there is none.
        var time: UInt64
    }

    private struct OpenFile {
        let path: String
        let file: HistoryFile
        var frames: FrameCursor
        var decoder: HistoryDecoder
        var next: (kind: FrameKind, payload: ByteCursor)?
    }

    private var lanes: [Lane] = []
    private let range: ClosedRange<UInt64>

    /// - Parameter imported: the oldest first.
    init(recorded: [HistoryFile], imported: [HistoryFile], range: ClosedRange<UInt64>) {
        self.range = range
        if let first = recorded.first {
            lanes.append(Lane(waiting: recorded[...], isImported: false, open: nil, time: first.startNanoseconds))
        }
        for file in imported {
            let free = lanes.firstIndex { lane in
                lane.isImported && (lane.waiting.last?.lastNanoseconds ?? .max) < file.startNanoseconds
            }
            if let free {
                lanes[free].waiting.append(file)
            } else {
                lanes.append(Lane(waiting: [file], isImported: true, open: nil, time: file.startNanoseconds))
            }
        }
    }

    mutating func run(
        _ reader: HistoryReader, into visitor: inout some HistoryVisitor, _ scan: inout HistoryReader.Scan
    ) throws(HistoryError) {
        while let index = earliest {
            if lanes[index].open == nil {
                guard let file = lanes[index].waiting.popFirst() else {
                    lanes.remove(at: index)
                    continue
                }
                if let bytes = try reader.contents(of: file, &scan) {
                    lanes[index].open = OpenFile(
                        path: "\(reader.directory)/\(file.name)", file: file,
                        frames: FrameCursor(bytes, from: HistoryFile.magic.count), decoder: HistoryDecoder(range: range, file: file))
                }
            }
            try Self.step(&lanes[index], &visitor, &scan)
        }
    }

    /// Of those at the same time what was recorded.
    private var earliest: Int? {
        lanes.indices.min { (lanes[$0].time, $0) < (lanes[$1].time, $1) }
    }

    /// Tells what is next, and all up to the next that has a time.
    private static func step(
        _ lane: inout Lane, _ visitor: inout some HistoryVisitor, _ scan: inout HistoryReader.Scan
    ) throws(HistoryError) {
        guard var file = lane.open else { return leave(&lane) }
        lane.open = nil
        while true {
            if let (kind, payload) = file.next {
                guard try file.decoder.take(kind, payload, &visitor) else {
                    scan.note(file.path, "a \(kind) frame that makes no sense at byte \(file.frames.position)")
                    return leave(&lane)
                }
                scan.frames += 1
                file.next = nil
            }
            guard let frame = file.frames.next() else {
                scan.note(file.path, file.file, endOf: file.frames)
                return leave(&lane)
            }
            file.next = frame
            if let time = time(of: frame) {
                lane.time = time
                lane.open = file
                return
            }
        }
    }

    /// On to the lane's next file, when its time comes.
    private static func leave(_ lane: inout Lane) {
        lane.open = nil
        if let next = lane.waiting.first { lane.time = next.startNanoseconds }
    }

    /// Unix nanoseconds; nil of frames that hold at any time.
    private static func time(of frame: (kind: FrameKind, payload: ByteCursor)) -> UInt64? {
        switch frame.kind {
        case .header, .cgroup, .plan: return nil
        case .window, .minute, .planMinute, .agentMinute, .line:
            var cursor = frame.payload
            return cursor.number()
        }
    }
}

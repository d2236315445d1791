internal import Aggregates
internal import Backtest
internal import History

/// What `sadf -d` writes, as minutes of the node: sections with a header each, `# hostname;interval;timestamp;…`.
///
/// CPU is in percent there, so it has to be known of how many CPUs. Devices and interfaces are added up, but those that
/// have the traffic of others a second time.
struct SarImport {
    private enum Section {
        case cpu(cpu: Int, idle: [Int])
        case memory(Int)
        /// Of all disks.
        case transfers(read: Int, written: Int)
        case disk(name: Int, read: Int, written: Int, unit: Double)
        case network(name: Int, received: Int, sent: Int)
        case other

        init(_ names: [String]) {
            func place(_ name: String) -> Int? { names.firstIndex(of: name) }
            if let cpu = place("CPU"), let idle = place("%idle") {
                self = .cpu(cpu: cpu, idle: [idle] + ["%iowait", "%steal"].compactMap(place))
            } else if let used = place("kbmemused") {
                self = .memory(used)
            } else if let read = place("bread/s"), let written = place("bwrtn/s") {
                self = .transfers(read: read, written: written)
            } else if let name = place("DEV"), let read = place("rkB/s"), let written = place("wkB/s") {
                self = .disk(name: name, read: read, written: written, unit: 1024)
            } else if let name = place("DEV"), let read = place("rd_sec/s"), let written = place("wr_sec/s") {
                self = .disk(name: name, read: read, written: written, unit: 512)
            } else if let name = place("IFACE"), let received = place("rxkB/s"), let sent = place("txkB/s") {
                self = .network(name: name, received: received, sent: sent)
            } else {
                self = .other
            }
        }
    }

    /// Rows of one time, added up.
    private struct Sum {
        var start: Int64
        var end: Int64
        var values = InlineArray<6, Double>(repeating: .nan)

        mutating func add(_ resource: Resource, _ value: Double) {
            let index = Int(resource.rawValue)
            values[index] = (values[index].isNaN ? 0 : values[index]) + value
        }
    }

    private let cgroup: String
    private let given: Double?
    private var cpus: Double?
    private var section = Section.other
    private var fieldCount = 0
    private var sum: Sum?
    private var lastTime: (text: [UInt8], nanoseconds: Int64)?
    /// Disks are told by `-b` or `-d`; both would count twice, and the first wins.
    private var usesTransfers: Bool?
    private static let otherTraffic = ["veth", "docker", "br-", "virbr", "cni", "cali", "flannel", "lxc", "ifb"]

    init(cgroup: String, cpus: Double?) {
        self.cgroup = cgroup
        given = cpus
    }

    mutating func read(_ path: String, into feed: ImportFeed) throws {
        cpus = try given ?? (path == "-" ? nil : Self.cpus(of: path))
        let number = try feed.history.cgroup(cgroup)
        try ImportFeed.lines(of: path) { line, bytes in
            if bytes.first == 0x23 {
                try flush(number, feed)
                header(bytes)
            } else {
                try row(bytes, path, line, number, feed)
            }
        }
        try flush(number, feed)
        if let cpus { feed.history.setCores(cpus) }
    }

    private mutating func header(_ bytes: [UInt8]) {
        let names = bytes.drop { $0 == 0x23 || $0 == 0x20 }.split(separator: 0x3B, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        fieldCount = names.count
        section = names.starts(with: ["hostname", "interval", "timestamp"]) ? Section(names) : .other
        switch section {
        case .transfers: if usesTransfers == nil { usesTransfers = true }
        case .disk: if usesTransfers == nil { usesTransfers = false }
        default: break
        }
    }

    private mutating func row(_ bytes: [UInt8], _ path: String, _ line: Int, _ number: Int, _ feed: ImportFeed) throws {
        let fields = bytes.split(separator: 0x3B, omittingEmptySubsequences: false)
        guard fields.count >= 4 else {
            return feed.refuse(path, line, "\"\(ImportFeed.excerpt(bytes))\" is no row of sadf -d; expected hostname;interval;timestamp;…")
        }
        // A restart or a comment.
        if fields[1].elementsEqual("-1".utf8) {
            if let count = Self.restartCPUs(bytes) { cpus = given ?? count }
            return
        }
        if case .other = section {
            if fieldCount == 0 {
                feed.refuse(path, line, "a row before any header; expected # hostname;interval;timestamp;… (sadf -d)")
            } else {
                feed.noteOther()
            }
            return
        }
        guard fields.count == fieldCount else {
            return feed.refuse(path, line, "\(fields.count) fields, the header has \(fieldCount)")
        }
        guard let seconds = DecimalNumber.parse(fields[1]), seconds > 0, seconds <= 86_400 else {
            return feed.refuse(path, line, "interval \"\(ImportFeed.excerpt(fields[1]))\" is none; expected seconds such as 600")
        }
        guard let end = time(fields[2]) else {
            return feed.refuse(
                path, line,
                "timestamp \"\(ImportFeed.excerpt(fields[2]))\" is none; expected such as 2026-11-28 06:37:34 UTC, or Unix seconds (sadf -U)"
            )
        }
        let start = end - Int64(seconds * 1e9)
        if let sum, sum.end != end { try flush(number, feed) }
        var problem: String?
        func figure(_ place: Int) -> Double? {
            // Some locales have a comma.
            let text = fields[place].map { $0 == 0x2C ? 0x2E : $0 }
            guard let value = DecimalNumber.parse(text[...]), HistoryImport.isFigure(value) else {
                problem = "\"\(ImportFeed.excerpt(text))\" is not a number of 0 or more; expected such as 12.50"
                return nil
            }
            return value
        }
        var new = sum ?? Sum(start: start, end: end)
        switch section {
        case .cpu(let cpu, let idle):
            guard fields[cpu].elementsEqual("-1".utf8) || fields[cpu].elementsEqual("all".utf8) else { return }
            guard let cpus else {
                throw TraceError(
                    path: path, line: line,
                    problem: .unusable(
                        "CPU is in percent, and nothing says of how many CPUs; expected a line LINUX-RESTART (N CPU) or rows of each CPU (sadf -d -- -u -P ALL); give --cpus"
                    ))
            }
            let free = idle.reduce(0) { $0 + (figure($1) ?? 0) }
            new.add(.cpu, max(0, 100 - free) / 100 * cpus)
        case .memory(let used):
            if let value = figure(used) { new.add(.memory, value * 1024) }
        case .transfers(let read, let written):
            guard usesTransfers == true else { return feed.noteOther() }
            if let read = figure(read), let written = figure(written) {
                new.add(.diskRead, read * 512)
                new.add(.diskWrite, written * 512)
            }
        case .disk(let name, let read, let written, let unit):
            guard usesTransfers == false, !Self.isStacked(fields[name]) else { return feed.noteOther() }
            if let read = figure(read), let written = figure(written) {
                new.add(.diskRead, read * unit)
                new.add(.diskWrite, written * unit)
            }
        case .network(let name, let received, let sent):
            guard !Self.isOthers(fields[name]) else { return feed.noteOther() }
            if let received = figure(received), let sent = figure(sent) {
                new.add(.networkReceive, received * 1024)
                new.add(.networkTransmit, sent * 1024)
            }
        case .other: break
        }
        if let problem { return feed.refuse(path, line, problem) }
        sum = new
        feed.note()
    }

    private mutating func flush(_ number: Int, _ feed: ImportFeed) throws {
        guard let sum else { return }
        self.sum = nil
        for resource in Resource.measured {
            let value = sum.values[Int(resource.rawValue)]
            if HistoryImport.isFigure(value) { try feed.history.add(number, resource, value, from: sum.start, to: sum.end) }
        }
    }

    /// Of device mappers and RAIDs, whose disks have rows too; and partitions.
    private static func isStacked(_ name: ArraySlice<UInt8>) -> Bool {
        ["dm-", "md", "loop", "zram", "dev253-", "dev9-", "dev7-"].contains { name.starts(with: $0.utf8) }
    }

    /// Loopback, and what carries traffic of others, which has rows too.
    private static func isOthers(_ name: ArraySlice<UInt8>) -> Bool {
        name.elementsEqual("lo".utf8) || name.contains(0x2E) || otherTraffic.contains { name.starts(with: $0.utf8) }
    }

    private mutating func time(_ field: ArraySlice<UInt8>) -> Int64? {
        if let lastTime, field.elementsEqual(lastTime.text) { return lastTime.nanoseconds }
        var text = String(decoding: field, as: UTF8.self)
        if text.hasSuffix(" UTC") {
            text = text.dropLast(4) + "Z"
        } else if let zone = text.last, zone.isLetter, let space = text.lastIndex(of: " ") {
            // Of this host's own zone.
            text = String(text[..<space])
        }
        guard let time = HistoryTime.parse(text, now: 0), time > 0, time < UInt64(Int64.max) else { return nil }
        lastTime = (Array(field), Int64(time))
        return Int64(time)
    }

    // MARK: How many CPUs

    /// Of `host;-1;time;LINUX-RESTART (2 CPU)`.
    private static func restartCPUs(_ bytes: [UInt8]) -> Double? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.contains("LINUX-RESTART"), let open = text.lastIndex(of: "("), text.hasSuffix(" CPU)") else { return nil }
        return Double(text[text.index(after: open)...].dropLast(5)).flatMap { $0 > 0 ? $0 : nil }
    }

    /// As the file says anywhere; nil where it does not.
    private static func cpus(of path: String) throws -> Double? {
        var restart: Double?
        var highest = -1
        var place: Int?
        try ImportFeed.lines(of: path) { _, bytes in
            guard restart == nil else { return }
            if bytes.first == 0x23 {
                let names = bytes.split(separator: 0x3B)
                place = names.firstIndex { $0.elementsEqual("CPU".utf8) }
            } else if let count = restartCPUs(bytes) {
                restart = count
            } else if let place {
                let fields = bytes.split(separator: 0x3B, maxSplits: place + 1, omittingEmptySubsequences: false)
                if place < fields.count, let number = Int(String(decoding: fields[place], as: UTF8.self)) { highest = max(highest, number) }
            }
        }
        return restart ?? (highest >= 0 ? Double(highest + 1) : nil)
    }
}

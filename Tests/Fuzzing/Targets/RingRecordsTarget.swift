import Aggregates
import HeadroomABI

extension FuzzTarget {
    /// Records of the kernel's ring, of any kind, size and content, between windows. What has no known kind or not its
    /// size is counted, exactly; figures stay within what they can be, and cgroups within the table.
    static let ringRecords = FuzzTarget(name: "ring-records", largest: 2048) { bytes in
        var input = FuzzInput(bytes)
        let slots = 6
        var aggregates = Aggregates(table: SharedTable(slots: slots))
        var witness = Witness()
        var malformed: UInt64 = 0
        while !input.isEmpty {
            switch input.byte() % 8 {
            case 0:
                aggregates.closeWindows(
                    rootCPU: input.number(UInt64.self), unixOffset: input.number(Int64.self),
                    interval: max(1, input.number(UInt64.self)), &witness)
            case 1:
                aggregates.found(id: UInt64(input.byte() % 8), path: text(input.bytes(Int(input.byte()))))
            case 2: _ = aggregates.takeAlarms()
            case 3:
                // Any bytes: hardly ever a record.
                let record = Array(input.piece())
                if isMalformed(record) { malformed += 1 }
                unsafe record.withUnsafeBytes { unsafe aggregates.ingest($0) }
            case let choice:
                let record = record(choice, &input)
                if isMalformed(record) { malformed += 1 }
                unsafe record.withUnsafeBytes { unsafe aggregates.ingest($0) }
            }
            try demand(aggregates.count <= slots, "\(aggregates.count) cgroups in \(slots) slots")
            if let wrong = witness.wrong { throw Finding(description: wrong) }
        }
        let counted = aggregates.losses[Int(HR_LOSS_RECORD_MALFORMED.rawValue)]
        try demand(counted == malformed, "\(counted) records were counted as malformed, and \(malformed) are")
    }

    /// A record of a known kind and size, cut or lengthened by what the input says.
    private static func record(_ choice: UInt8, _ input: inout FuzzInput) -> [UInt8] {
        let kinds: [(kind: UInt32, size: Int)] = [
            (HR_KIND_SAMPLE.rawValue, 144), (HR_KIND_SAMPLE.rawValue, 144), (HR_KIND_REMOVED.rawValue, 144),
            (HR_KIND_CREATED.rawValue, 24 + 16), (HR_KIND_WALK_END.rawValue, MemoryLayout<hr_walk_end>.size),
            (HR_KIND_DETAIL.rawValue, 432), (HR_KIND_BURST.rawValue, MemoryLayout<hr_burst>.size),
            (HR_KIND_EVENT.rawValue, 32),
        ]
        let (kind, size) = kinds[Int(input.byte() % 8)]
        let length = choice == 4 ? size + Int(Int8(bitPattern: input.byte())) : size
        var record = withBytes(of: kind)
        record += [UInt8](repeating: 0, count: max(0, size - 4))
        // Its id is one of few, or no two records would be about the same cgroup.
        let id = UInt64(input.byte() % 8)
        let idPlace =
            switch hr_kind(kind) {
            case HR_KIND_CREATED, HR_KIND_DETAIL, HR_KIND_EVENT: 16
            case HR_KIND_BURST: 8
            default: 24
            }
        for (offset, byte) in withBytes(of: id).enumerated() { record[idPlace + offset] = byte }
        for _ in 0..<input.byte() % 8 {
            let place = 4 + Int(input.number(UInt16.self)) % (size - 4)
            for (offset, byte) in input.bytes(8).enumerated() where place + offset < size { record[place + offset] = byte }
        }
        if length < record.count { record.removeLast(record.count - max(0, length)) }
        while record.count < length { record.append(input.byte()) }
        return record
    }

    /// By the sizes that the kernel's side is compiled with: bpf/abi.h asserts them.
    private static func isMalformed(_ record: [UInt8]) -> Bool {
        guard record.count >= 4 else { return true }
        let kind = record[0..<4].reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
        switch kind {
        case 1, 2: return record.count != 144
        case 3: return record.count < 24
        case 4: return record.count != MemoryLayout<hr_walk_end>.size
        case 5: return record.count != 432
        case 6: return record.count != MemoryLayout<hr_burst>.size
        case 7: return record.count != 32 || record[5...7] != [0, 0, 0] || !(1...5).contains(record[4])
        default: return true
        }
    }

    private static func withBytes<Number: FixedWidthInteger>(of number: Number) -> [UInt8] {
        unsafe withUnsafeBytes(of: number.littleEndian) { unsafe Array($0) }
    }

    static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// Looks at each window.
private struct Witness: WindowVisitor {
    private(set) var wrong: String?

    mutating func born(cgroupID: UInt64, path: String, timeNanoseconds: UInt64) {}

    mutating func visit(
        _ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?, _ forecasts: inout ForecastCells
    ) -> Bool {
        look(cgroup, window, detail)
        return false
    }

    mutating func retire(_ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?) {
        look(cgroup, window, detail)
    }

    private mutating func look(_ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?) {
        if !(0...1).contains(window.coverage) { wrong = "\(cgroup.path): a coverage of \(window.coverage)" }
        for resource in Resource.measured {
            let value = window.value(resource)
            if !(value >= 0 && value.isFinite) { wrong = "\(cgroup.path): \(resource.name) is \(value)" }
        }
        if window.end_ns < window.start_ns { wrong = "\(cgroup.path): a window that ends before it begins" }
        if let detail, !(detail.cpu_peak_10ms_cores >= 0) { wrong = "\(cgroup.path): a peak of \(detail.cpu_peak_10ms_cores)" }
    }
}

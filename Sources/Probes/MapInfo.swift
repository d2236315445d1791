internal import CLibBPF
internal import Glibc

/// What the kernel says of one BPF map.
package struct MapInfo: Sendable {
    package let id: UInt32
    package let name: String
    package let type: String
    package let keyBytes: Int
    package let valueBytes: Int
    package let maxEntries: Int
    /// Copies of each value: the number of possible CPUs for per-CPU maps, else 1.
    package let copies: Int
    let btfID: UInt32
    let keyTypeID: UInt32
    let valueTypeID: UInt32
    /// Memory the kernel charges for the map, in bytes; nil when it does not say.
    package let memoryBytes: Int?

    /// For tests: a map that the kernel does not have.
    package init(
        name: String, type: String, keyBytes: Int, valueBytes: Int, maxEntries: Int, copies: Int
    ) {
        id = 0
        self.name = name
        self.type = type
        self.keyBytes = keyBytes
        self.valueBytes = valueBytes
        self.maxEntries = maxEntries
        self.copies = copies
        btfID = 0
        keyTypeID = 0
        valueTypeID = 0
        memoryBytes = nil
    }

    init(descriptor: CInt) throws(BPFError) {
        var info = bpf_map_info()
        var length = UInt32(MemoryLayout<bpf_map_info>.size)
        guard unsafe bpf_obj_get_info_by_fd(descriptor, &info, &length) == 0 else {
            throw .last("bpf_obj_get_info_by_fd", "map fd \(descriptor)")
        }
        id = info.id
        name = unsafe withUnsafeBytes(of: &info.name) { unsafe Self.text($0) }
        let type = bpf_map_type(info.type)
        self.type = unsafe libbpf_bpf_map_type_str(type).map { unsafe String(cString: $0) } ?? "?"
        keyBytes = Int(info.key_size)
        valueBytes = Int(info.value_size)
        maxEntries = Int(info.max_entries)
        copies = self.type.hasPrefix("percpu") || self.type.hasPrefix("lru_percpu") ? Self.possibleCPUs : 1
        btfID = info.btf_id
        keyTypeID = info.btf_key_type_id
        valueTypeID = info.btf_value_type_id
        memoryBytes = Self.memoryCharge(descriptor)
    }

    static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// The `memlock:` line of the descriptor's fdinfo.
    static func memoryCharge(_ descriptor: CInt) -> Int? {
        guard let text = try? TextFile.read("/proc/self/fdinfo/\(descriptor)") else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("memlock:") {
            return Int(line.dropFirst("memlock:".count).filter { !$0.isWhitespace })
        }
        return nil
    }

    /// Whether keys can be listed: rings and stacks have none.
    package var isKeyed: Bool { keyBytes > 0 && type != "ringbuf" }

    /// Its keys are the numbers below `maxEntries`, all there always.
    package var isArray: Bool { type.hasSuffix("array") }

    /// One copy of each value a CPU.
    package var isPerCPU: Bool { type.hasPrefix("percpu") || type.hasPrefix("lru_percpu") }

    /// Bytes from one CPU's copy of a value to the next: the kernel rounds per-CPU values up to 8.
    package var valueStride: Int { isPerCPU ? (valueBytes + 7) & ~7 : valueBytes }

    /// Bytes that a look-up gives: all copies.
    package var rawValueBytes: Int { valueStride * copies }
}

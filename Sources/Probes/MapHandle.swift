internal import CLibBPF
internal import Glibc

/// A BPF map opened by its kernel id, to look at while its owner works. Needs CAP_SYS_ADMIN.
package struct MapHandle: ~Copyable {
    private let descriptor: CInt
    package let info: MapInfo

    /// Opens map `id`; `name` is what it was called where the id came from, and an id that now
    /// belongs to another map is refused.
    package init(id: UInt32, name: String) throws(BPFError) {
        let descriptor = bpf_map_get_fd_by_id(id)
        guard descriptor >= 0 else { throw .last("bpf_map_get_fd_by_id", "\(id) (\(name))") }
        let info: MapInfo
        do throws(BPFError) {
            info = try MapInfo(descriptor: descriptor)
        } catch {
            close(descriptor)
            throw error
        }
        // The kernel keeps 15 characters, and libbpf puts the object's name before sections.
        guard name.hasPrefix(info.name) || info.name.hasPrefix("headroom") else {
            close(descriptor)
            throw BPFError(call: "open", subject: "map \(id): now \(info.name), not \(name)", code: ESTALE)
        }
        self.descriptor = descriptor
        self.info = info
    }

    deinit { close(descriptor) }

    /// Whether keys can be listed: rings and stacks have none.
    package var isKeyed: Bool { info.keyBytes > 0 && info.type != "ringbuf" }

    /// Entries in use: keys of a hash; for an array, all of it; nil where there are no keys.
    package func entriesUsed() -> Int? {
        guard isKeyed else { return nil }
        if info.type.hasSuffix("array") { return info.maxEntries }
        var count = 0
        forEachKey { _ in
            count += 1
            return true
        }
        return count
    }

    /// Every entry, decoded; arrays leave out entries that are all zero. `body` gets one value
    /// a CPU for per-CPU maps, else one, and returns false to stop.
    package func forEachEntry(
        _ body: (_ key: DecodedValue, _ values: [DecodedValue]) -> Bool
    ) throws(BPFError) {
        guard isKeyed else { return }
        let decoder = try TypeDecoder(btfID: info.btfID)
        let stride = info.copies > 1 ? (info.valueBytes + 7) & ~7 : info.valueBytes
        var value = [UInt8](repeating: 0, count: stride * info.copies)
        let skipsZero = info.type.hasSuffix("array")
        forEachKey { key in
            guard unsafe bpf_map_lookup_elem(descriptor, key, &value) == 0 else { return true }
            if skipsZero, value.allSatisfy({ $0 == 0 }) { return true }
            let decodedKey = decoder.decode(key[...], type: info.keyTypeID)
            let values = (0..<info.copies).map {
                decoder.decode(value[($0 * stride)...], type: info.valueTypeID)
            }
            return body(decodedKey, values)
        }
    }

    /// Keys may come and go meanwhile; a walk ends after twice as many as the map can hold.
    private func forEachKey(_ body: ([UInt8]) -> Bool) {
        var key = [UInt8](repeating: 0, count: info.keyBytes)
        var next = key
        guard unsafe bpf_map_get_next_key(descriptor, nil, &next) == 0 else { return }
        for _ in 0..<(2 * info.maxEntries) {
            key = next
            guard body(key) else { return }
            guard unsafe bpf_map_get_next_key(descriptor, key, &next) == 0 else { return }
        }
    }
}

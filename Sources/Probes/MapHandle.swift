internal import CLibBPF
internal import Glibc

/// A BPF map opened by its kernel id, to look at while its owner works. Needs CAP_SYS_ADMIN.
package struct MapHandle: ~Copyable {
    let descriptor: CInt
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
    package var isKeyed: Bool { info.isKeyed }

    /// The types of its keys and values, from the kernel.
    package func layout() throws(BPFError) -> MapLayout { try MapLayout(info) }

    /// Entries in use: keys of a hash; for an array, all of it; nil where there are no keys.
    /// O(entries) for a hash.
    package func entriesUsed() throws(BPFError) -> Int? {
        guard isKeyed else { return nil }
        if info.isArray { return info.maxEntries }
        var count = 0
        try forEachRaw { _, _ in
            count += 1
            return true
        }
        return count
    }

    /// The bytes of one value, all CPUs' copies behind each other; nil when there is no such key.
    package func value(ofKey key: [UInt8]) throws(BPFError) -> [UInt8]? {
        precondition(key.count == info.keyBytes, "a key of \(key.count) bytes, not \(info.keyBytes)")
        var value = [UInt8](repeating: 0, count: info.rawValueBytes)
        if unsafe bpf_map_lookup_elem(descriptor, key, &value) == 0 { return value }
        guard errno == ENOENT else { throw .last("bpf_map_lookup_elem", info.name) }
        return nil
    }

    /// Every entry's bytes, in the order of the kernel. `body` returns false to stop.
    ///
    /// Reads 64 KiB of entries a system call where the kernel can (5.6; per-CPU arrays later), else
    /// one at a time; holds no more than that. An entry that comes or goes meanwhile may or may not
    /// be among them.
    package func forEachRaw(
        _ body: (_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Bool
    ) throws(BPFError) {
        guard isKeyed else { return }
        if try !forEachInBatches(body) { try forEachOneByOne(body) }
    }

    /// - Returns: false when this kernel has no batches for such a map.
    private func forEachInBatches(
        _ body: (_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Bool
    ) throws(BPFError) -> Bool {
        let keyBytes = info.keyBytes
        let valueBytes = info.rawValueBytes
        var room = max(16, min(info.maxEntries, (1 << 16) / (keyBytes + valueBytes)))
        var keys = [UInt8](repeating: 0, count: room * keyBytes)
        var values = [UInt8](repeating: 0, count: room * valueBytes)
        // Where the walk stands: a key of an array, a bucket's number of a hash.
        var place = [UInt8](repeating: 0, count: max(8, keyBytes))
        var next = place
        var isFirst = true
        while true {
            var count = UInt32(room)
            // The kernel may write the place behind the last entry before it has read `place`.
            let result = unsafe place.withUnsafeMutableBytes { place in
                unsafe bpf_map_lookup_batch(
                    descriptor, isFirst ? nil : place.baseAddress, &next, &keys, &values, &count, nil)
            }
            let code = result == 0 ? 0 : errno
            // A bucket that does not fit: nothing was given.
            if code == ENOSPC, room < 1 << 20 {
                room *= 2
                keys = [UInt8](repeating: 0, count: room * keyBytes)
                values = [UInt8](repeating: 0, count: room * valueBytes)
                continue
            }
            if isFirst, code != 0, code != ENOENT { return false }
            guard code == 0 || code == ENOENT else { throw .last("bpf_map_lookup_batch", info.name) }
            for index in 0..<Int(count) {
                let goesOn = body(
                    keys[(index * keyBytes)..<((index + 1) * keyBytes)],
                    values[(index * valueBytes)..<((index + 1) * valueBytes)])
                if !goesOn { return true }
            }
            if code == ENOENT { return true }
            swap(&place, &next)
            isFirst = false
        }
    }

    /// Keys may come and go meanwhile; a walk ends after twice as many as the map can hold.
    package func forEachOneByOne(
        _ body: (_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Bool
    ) throws(BPFError) {
        var key = [UInt8](repeating: 0, count: info.keyBytes)
        var next = key
        var value = [UInt8](repeating: 0, count: info.rawValueBytes)
        guard unsafe bpf_map_get_next_key(descriptor, nil, &next) == 0 else { return }
        for _ in 0..<(2 * info.maxEntries) {
            key = next
            if unsafe bpf_map_lookup_elem(descriptor, key, &value) == 0, !body(key[...], value[...]) {
                return
            }
            guard unsafe bpf_map_get_next_key(descriptor, key, &next) == 0 else { return }
        }
    }
}

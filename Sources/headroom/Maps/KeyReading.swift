internal import Aggregates
internal import Probes

/// Why a word stands for no key.
enum KeyProblem: Error, Hashable {
    /// Not what a key looks like.
    case malformed(String)
    /// It names something that is not there.
    case absent(String)
}

/// The keys that a person means by a word: one, or one a shard.
struct KeyReading {
    let guide: MapGuide
    let layout: MapLayout
    let names: CgroupNames
    /// Keys of an array are below this; nil for others.
    let arrayCount: Int?

    /// - Throws: what is wrong with the word and what keys look like.
    func keys(_ word: String) throws(KeyProblem) -> [[UInt8]] {
        if !word.hasPrefix("hex:"), let numbers = try named(word) {
            return try numbers.map { number throws(KeyProblem) in try bytes(String(number)) }
        }
        return [try bytes(word)]
    }

    private func bytes(_ word: String) throws(KeyProblem) -> [UInt8] {
        let bytes: [UInt8]
        do throws(KeyText.Refusal) {
            bytes = try KeyText.bytes(word, as: layout.key)
        } catch {
            // That it is no number says little where names are what keys are given by.
            guard guide.key == .number || word.first?.isNumber ?? false || word.hasPrefix("hex:") else {
                let near = guide.key == .loss ? NearestName.nearest(to: word, among: Self.causes) : nil
                throw .malformed(
                    "\"\(word)\" is no key of \(guide.name)"
                        + (near.map { ": did you mean \($0)?" } ?? ": a key is \(guide.keyText)"))
            }
            throw .malformed("\(error)")
        }
        if let arrayCount, let number = layout.key.decode(bytes[...]).unsigned, number >= arrayCount {
            throw .malformed("\(number): \(guide.name) has the entries 0...\(arrayCount - 1)")
        }
        return bytes
    }

    /// Nil when the word is to be read as the key itself.
    private func named(_ word: String) throws(KeyProblem) -> [UInt64]? {
        switch guide.key {
        case .number: return nil
        case .loss: return cause(word)
        case .cgroup: return try cgroupID(word).map { [$0] }
        case .slot, .shardedSlot: break
        }
        let shards = guide.key == .shardedSlot ? names.diskShards : 1
        func all(of slot: UInt64) -> [UInt64] { (0..<shards).map { slot * shards + $0 } }
        if word.hasPrefix("slot=") {
            guard let slot = UInt64(word.dropFirst("slot=".count)) else {
                throw .malformed("\"\(word)\": expected a slot's number, such as slot=12")
            }
            return all(of: slot)
        }
        if word == Aggregates.otherPath { return all(of: CgroupNames.otherSlot) }
        guard let id = try cgroupID(word) else { return nil }
        guard let slot = names.slot(ofID: id) else {
            throw .absent("\(names.path(ofID: id)) has no slot: its events are counted in /(other)")
        }
        return all(of: slot)
    }

    private static let causes = LossCause.all.filter { $0.index < LossCause.kernelCount }.map(\.name)

    private func cause(_ word: String) -> [UInt64]? {
        LossCause.all.first { $0.name == word && $0.index < LossCause.kernelCount }.map { [UInt64($0.index)] }
    }

    /// The cgroup of a path, of the end of one path, or of `cgroup=ID`; nil for another word.
    private func cgroupID(_ word: String) throws(KeyProblem) -> UInt64? {
        if word.hasPrefix("cgroup=") {
            guard let id = UInt64(word.dropFirst("cgroup=".count)) else {
                throw .malformed("\"\(word)\": expected a cgroup's id, such as cgroup=4711")
            }
            return id
        }
        if let id = names.id(ofPath: word) { return id }
        guard word.first?.isNumber != true || word.contains("/") || word.contains("."), word.first != "-" else {
            return nil
        }
        let paths = names.pathByID.values.sorted()
        let ending = word.hasPrefix("/") ? [] : paths.filter { $0.hasSuffix("/" + word) }
        if ending.count == 1 { return names.id(ofPath: ending[0]) }
        if ending.count > 1 {
            throw .malformed("\"\(word)\" is the end of several cgroups: \(ending.joined(separator: ", "))")
        }
        let near = NearestName.nearest(to: word, among: paths).map { ": did you mean \($0)?" }
        guard word.hasPrefix("/") || near != nil else { return nil }
        throw .absent(
            "no cgroup \(word)\(near ?? "; `headroom maps dump hr_cgroups` lists those that there are")")
    }
}

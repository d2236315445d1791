internal import Glibc

/// Writes limits and keeps a journal of what was there before, so that it is put back at the end, or by the next run.
///
/// What could not be put back, by an earlier run's `recover` or by `restore`, stays in the journal until it is.
///
/// One thread. A limit is set by opening the cgroup by its path and comparing its inode, so that another one that was made under
/// the path meanwhile is not touched; the kernel lets nobody make links among cgroups.
package final class LimitBook: LimitKeeper {
    private let root: String
    private let journalPath: String
    private var journal = LimitJournal()
    /// Whether what the file held is in `journal`: taken at the first change, which comes after `recover`. Before that the
    /// file is not this book's.
    private var hasBegun = false

    /// - Parameters:
    ///   - root: where the cgroup v2 tree is mounted.
    ///   - journalPath: of a file that this process alone writes.
    package init(root: String, journalPath: String) {
        self.root = root
        self.journalPath = journalPath
    }

    package func set(_ changes: [LimitChange]) -> [Result<String, LimitRefusal>] {
        begin()
        var outcomes: [Result<String, LimitRefusal>] = changes.map(note)
        do throws(FileError) {
            try write()
        } catch {
            return outcomes.map { outcome in
                guard case .success = outcome else { return outcome }
                return .failure(LimitRefusal("no journal, so nothing is changed: \(error)"))
            }
        }
        for (index, change) in changes.enumerated() {
            guard case .success = outcomes[index] else { continue }
            outcomes[index] = apply(change)
        }
        return outcomes
    }

    /// Takes over what could not be put back before: the file is written whole, and must not lose it.
    private func begin() {
        guard !hasBegun else { return }
        hasBegun = true
        guard Self.owner(of: journalPath) == geteuid(),
            let text = try? SmallFile.read(journalPath, limit: Self.sizeLimit),
            let left = try? LimitJournal(parsing: text)
        else { return }
        journal.entries.merge(left.entries) { own, _ in own }
    }

    /// Takes what the file holds into the journal.
    private func note(_ change: LimitChange) -> Result<String, LimitRefusal> {
        let place = change.place
        guard LimitJournal.isValue(change.text[...]) else {
            return .failure(LimitRefusal("\(change.text) is no value of \(place.file.rawValue)"))
        }
        guard let cgroup = ManagedCgroup(root: root, path: place.path), cgroup.id == place.cgroupID
        else {
            return .failure(LimitRefusal("\(place.path) is gone"))
        }
        do throws(FileError) {
            let present = try cgroup.read(place.file.rawValue)
            journal.entries[place] = LimitJournal.Entry(
                original: journal.entries[place]?.original(of: present) ?? present,
                last: present,
                next: change.text
            )
            return .success(change.text)
        } catch {
            return .failure(LimitRefusal("\(error)"))
        }
    }

    private func apply(_ change: LimitChange) -> Result<String, LimitRefusal> {
        let place = change.place
        guard let cgroup = ManagedCgroup(root: root, path: place.path), cgroup.id == place.cgroupID
        else {
            return .failure(LimitRefusal("\(place.path) is gone"))
        }
        do throws(FileError) {
            try cgroup.write(change.text, to: place.file)
            // The kernel may keep another text than was written.
            let kept = (try? cgroup.read(place.file.rawValue)) ?? change.text
            if kept != change.text {
                journal.entries[place]?.next = kept
                try write()
            }
            return .success(kept)
        } catch {
            return .failure(LimitRefusal("\(error)"))
        }
    }

    private func write() throws(FileError) {
        try AtomicFile.write(Array(journal.text.utf8), to: journalPath)
    }

    package func leave(_ place: LimitPlace) { journal.entries[place] = nil }

    package func forget(cgroupID: UInt64) {
        journal.entries = journal.entries.filter { $0.key.cgroupID != cgroupID }
    }

    // MARK: Putting back

    package func restore() -> RestoreReport {
        guard hasBegun else { return RestoreReport() }
        let (report, rest) = Self.restore(journal, root: root)
        Self.keep(rest, journalPath)
        journal = rest
        return report
    }

    /// Puts back what a run that was killed left behind; nil when there is nothing.
    ///
    /// - Throws: when the journal cannot be read; one that makes no sense is kept aside.
    package static func recover(
        journalPath: String,
        root: String
    ) throws(FileError) -> Result<RestoreReport, JournalRefusal>? {
        if let owner = owner(of: journalPath), owner != geteuid() {
            let kept = AtomicFile.setAside(journalPath).map { "; it is kept as \($0)" } ?? ""
            return .failure(
                JournalRefusal(
                    description: "\(journalPath): it is user \(owner)'s, so it is not believed\(kept)"
                )
            )
        }
        let text: String
        do throws(FileError) {
            text = try SmallFile.read(journalPath, limit: sizeLimit)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
        do throws(LimitJournal.Damage) {
            let (report, rest) = restore(try LimitJournal(parsing: text), root: root)
            keep(rest, journalPath)
            return .success(report)
        } catch {
            let kept = AtomicFile.setAside(journalPath).map { "it is kept as \($0): " } ?? ""
            return .failure(
                JournalRefusal(
                    description: "\(journalPath), line \(error.line): \(error.reason); \(kept)"
                        + "limits of an earlier run may still be set"
                )
            )
        }
    }

    private static let sizeLimit = 1 << 20

    /// Nil when there is no such file. Its directory may be writable to an agent that is not root, so whose it is says whether
    /// it is to be believed.
    private static func owner(of path: String) -> uid_t? {
        var facts = stat()
        return unsafe lstat(path, &facts) == 0 ? facts.st_uid : nil
    }

    /// What could not be put back is tried again at the next end or start.
    private static func keep(_ rest: LimitJournal, _ journalPath: String) {
        guard !rest.entries.isEmpty else { return AtomicFile.remove(journalPath) }
        // If it cannot be written either, the one before has all of it, and what it has besides does no harm.
        try? AtomicFile.write(Array(rest.text.utf8), to: journalPath)
    }

    /// - Returns: what became of it, and the entries that could not be put back.
    private static func restore(
        _ journal: LimitJournal, root: String
    ) -> (report: RestoreReport, rest: LimitJournal) {
        var report = RestoreReport()
        var rest = LimitJournal()
        let ordered = journal.entries.sorted {
            ($0.key.path, $0.key.file.rawValue) < ($1.key.path, $1.key.file.rawValue)
        }
        for (key, entry) in ordered {
            let place = "\(key.path)/\(key.file.rawValue)"
            guard let cgroup = ManagedCgroup(root: root, path: key.path), cgroup.id == key.cgroupID
            else {
                report.gone += 1
                continue
            }
            do throws(FileError) {
                let present = try cgroup.read(key.file.rawValue)
                if present == entry.original {
                    report.restored += 1
                } else if present == entry.last || present == entry.next {
                    try cgroup.write(entry.original, to: key.file)
                    report.restored += 1
                } else {
                    report.changed.append("\(place) (\(present))")
                }
            } catch {
                report.failures.append("\(error)")
                rest.entries[key] = entry
            }
        }
        return (report, rest)
    }
}

/// Why a journal was not used, for people.
package struct JournalRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
}

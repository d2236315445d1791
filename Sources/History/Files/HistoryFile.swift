internal import Capacity
internal import Glibc

/// A file of the history, by its name: `fine-1795815968408.hrh`, the tier and the milliseconds of Unix time at which
/// it was begun; with `.gz` once it is closed. Minutes that were imported are in files of their own,
/// `import-1795815960000.hrh.gz`, named by their first minute's end.
package struct HistoryFile: Hashable, Sendable {
    static let magic: [UInt8] = Array("HRHIST01".utf8)
    /// Of a file's contents.
    static let largest = 256 << 20

    package let tier: HistoryTier
    package let startMilliseconds: Int64
    package let isClosed: Bool
    /// Not what an agent recorded.
    package let isImported: Bool
    package let byteCount: Int

    package static let importedWord = "import"

    /// Nothing in it is earlier.
    package var startNanoseconds: UInt64 {
        // Names that were taken already are some milliseconds further on.
        UInt64(isImported ? startMilliseconds / 60_000 * 60_000 : startMilliseconds) * 1_000_000
    }

    /// Nothing in it is later, where it was imported: such a file has minutes of one block alone.
    var lastNanoseconds: UInt64? {
        isImported ? ImportedBlock.last(of: ImportedBlock.number(ofEnd: startNanoseconds)) : nil
    }

    var name: String { openName + (isClosed ? ".gz" : "") }

    /// While it is not closed.
    var openName: String { Self.name(tier, startMilliseconds, isImported: isImported) }

    static func name(_ tier: HistoryTier, _ startMilliseconds: Int64, isImported: Bool = false) -> String {
        "\(isImported ? importedWord : tier.rawValue)-\(startMilliseconds).hrh"
    }

    /// Nil when it is not a history file's name.
    init?(name: String, byteCount: Int) {
        var rest = name[...]
        isClosed = rest.hasSuffix(".gz")
        if isClosed { rest.removeLast(3) }
        guard rest.hasSuffix(".hrh"), let dash = rest.firstIndex(of: "-") else { return nil }
        isImported = rest[..<dash] == Self.importedWord
        guard let tier = isImported ? .coarse : HistoryTier(rawValue: String(rest[..<dash])) else { return nil }
        let digits = rest[rest.index(after: dash)...].dropLast(4)
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let start = Int64(digits),
            start < 9_000_000_000_000
        else { return nil }
        self.tier = tier
        startMilliseconds = start
        self.byteCount = byteCount
    }

    init(_ tier: HistoryTier, _ startMilliseconds: Int64, isClosed: Bool, byteCount: Int) {
        self.tier = tier
        self.startMilliseconds = startMilliseconds
        self.isClosed = isClosed
        self.byteCount = byteCount
        isImported = false
    }

    /// All of a directory, the oldest first, one a beginning: a crash between compressing and removing leaves both.
    /// - Throws: when the directory cannot be read; one that is not there has none.
    static func all(in directory: String) throws(HistoryError) -> [HistoryFile] {
        guard let handle = unsafe opendir(directory) else {
            if errno == ENOENT { return [] }
            throw .system("opendir", directory)
        }
        defer { unsafe closedir(handle) }
        var files: [String: HistoryFile] = [:]
        while let entry = unsafe readdir(handle) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            var status = stat()
            guard unsafe stat(directory + "/" + name, &status) == 0,
                let file = HistoryFile(name: name, byteCount: Int(status.st_size))
            else { continue }
            let key = file.openName
            if let other = files[key], other.isClosed { continue }
            files[key] = file
        }
        return files.values.sorted { ($0.startMilliseconds, $0.tier.rawValue) < ($1.startMilliseconds, $1.tier.rawValue) }
    }
}

/// Why the history cannot be kept or read.
package struct HistoryError: Error, CustomStringConvertible, Sendable {
    package let description: String
    /// `errno`, where the system said no; else 0.
    package let code: CInt

    var isMissing: Bool { code == ENOENT }
    package var isPermission: Bool { code == EACCES || code == EPERM }

    package init(_ description: String) {
        self.description = description
        code = 0
    }

    init(_ error: FileError) {
        description = "\(error)"
        code = error.code
    }

    static func system(_ call: String, _ path: String) -> HistoryError { HistoryError(FileError.last(call, path)) }
}

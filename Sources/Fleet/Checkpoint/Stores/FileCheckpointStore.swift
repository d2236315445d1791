internal import Capacity
internal import FoundationEssentials

/// In a file that is replaced whole or not at all: this planner's own, on a volume.
package struct FileCheckpointStore: CheckpointStore {
    package let name: String
    package let limit = 1 << 30
    package let isShared = false

    package init(path: String) { name = path }

    package func read() throws(CheckpointStoreError) -> [UInt8]? {
        guard FileManager.default.fileExists(atPath: name) else { return nil }
        guard let data = try? Data(contentsOf: URL(filePath: name)) else {
            throw CheckpointStoreError("it cannot be read")
        }
        guard data.count <= limit else {
            throw CheckpointStoreError("\(data.count) bytes, more than \(limit)")
        }
        return Array(data)
    }

    /// Nobody else writes it.
    package func readNews() -> [UInt8]? { nil }

    package func write(
        _ bytes: [UInt8],
        while mayWrite: @Sendable () async -> Bool
    ) throws(CheckpointStoreError) {
        do throws(FileError) {
            try AtomicFile.write(bytes, to: name)
        } catch {
            throw CheckpointStoreError("\(error)")
        }
    }

    package func setAside() -> String? { AtomicFile.setAside(name) }
}

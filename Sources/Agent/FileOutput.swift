internal import Capacity

/// Whole writes to a descriptor.
package enum FileOutput {
    package static func write(_ bytes: [UInt8], to file: CInt, _ path: String) throws(AgentError) {
        do throws(FileError) {
            try AtomicFile.write(bytes, to: file, path)
        } catch {
            throw AgentError(error)
        }
    }
}

/// A trace's bytes, a chunk at a time, decompressed where the file begins as gzip does.
struct TraceBytes: ~Copyable {
    private var source: ByteSource
    private var gzip: GzipInflater?

    init(path: String) throws(TraceError) {
        var source = try ByteSource(path: path)
        // No text begins with these bytes.
        gzip = try source.begins(with: 0x1F, 0x8B) ? GzipInflater() : nil
        self.source = source
    }

    /// The next bytes; empty at the end. Some 64 KiB at most.
    mutating func take(into bytes: inout [UInt8]) throws(TraceError) {
        guard gzip != nil else { return try source.take(into: &bytes) }
        try gzip!.take(from: &source, into: &bytes)
    }
}

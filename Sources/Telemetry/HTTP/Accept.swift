/// Which format a client wants (RFC 9110, 12.5.1).
enum Accept {
    /// OpenMetrics for those who ask for it, in a version that there is, and want nothing more.
    static func format(_ header: String) -> MetricPage.Format {
        var open = 0.0
        var plain = 0.0
        for range in header.lowercased().split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let type = parts.first else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }
            let quality = weight.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            switch type {
            case "application/openmetrics-text":
                let version = parts.dropFirst().first { $0.hasPrefix("version=") }?
                    .dropFirst("version=".count)
                let isKnown = version.map { ["1.0.0", "0.0.1", "\"1.0.0\""].contains($0) } ?? true
                if isKnown { open = max(open, quality) }
            case "text/plain", "text/*", "*/*": plain = max(plain, quality)
            default: break
            }
        }
        return open > 0 && open >= plain ? .openMetrics : .prometheus
    }
}

/// Whether a `Host` is one that only this host's users mean. A web page that has its own name
/// resolve to 127.0.0.1 is not to read what is told here.
enum HostCheck {
    static func isLoopback(_ host: String?) -> Bool {
        // HTTP/1.0; no browser speaks it.
        guard let host else { return true }
        let lower = host.lowercased()
        if lower.hasPrefix("[") {
            return lower == "[::1]" || lower.hasPrefix("[::1]:") && isPort(lower.dropFirst(6))
        }
        let parts = lower.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 1 || parts.count == 2 && isPort(parts[1]) else { return false }
        let bytes = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let isAddress =
            bytes.count == 4 && bytes[0] == "127" && bytes.allSatisfy { UInt8($0) != nil }
        return parts[0] == "localhost" || isAddress
    }

    private static func isPort(_ text: Substring) -> Bool { UInt16(text) != nil }
}

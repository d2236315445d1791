import Foundation

/// In runs of scripts/sanitize the agents that tests start are built with a sanitizer too.
///
/// An agent can open no files but its own and start no program that finds names of functions: its report goes to its
/// standard error, with addresses alone. From there it is kept where the script looks for reports, and the
/// script finds the names.
enum SanitizedAgent {
    /// The folder that the script looks into; nil without a sanitizer, as `kind`.
    static let reports = variable("HEADROOM_SANITIZER_REPORTS")
    /// `thread` or `address`.
    static let kind = variable("HEADROOM_SANITIZER")

    private static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name]
    }

    /// For the environment that an agent is started with.
    static let environment: [String] = {
        guard reports != nil else { return [] }
        let options = variable("HEADROOM_SANITIZER_AGENT_OPTIONS") ?? ""
        return ["TSAN_OPTIONS=\(options)", "ASAN_OPTIONS=\(options)"]
    }()

    /// Of all files in a test's directory, which goes with the test.
    static func keepReports(of directory: String) {
        guard let reports else { return }
        let files = FileManager.default
        for name in (try? files.contentsOfDirectory(atPath: directory)) ?? [] {
            guard let text = try? String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8),
                let mark = text.range(of: "Sanitizer: ")
            else { continue }
            // From the line before, which says of which process it is.
            let start = text[..<mark.lowerBound].lastIndex(of: "\n") ?? text.startIndex
            try? String(text[start...]).write(
                toFile: "\(reports)/agent.\(UUID().uuidString)",
                atomically: false,
                encoding: .utf8
            )
        }
    }
}

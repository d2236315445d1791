internal import Agent
internal import ArgumentParser
internal import Glibc
internal import History
internal import Settings

/// Which part of the history a command is about.
struct HistoryRange: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "From then on: a span before now such as 30m, 6h or 7d, 14:30, 2026-11-28T14:30 (local; with Z: UTC), or Unix seconds. (default: all there is)",
            valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Until then, as --since. (default: now)", valueName: "time"))
    var until: String?

    @Option(
        name: .customLong("history"),
        help: ArgumentHelp("Where the history is. (default: history/ of the agent's state.directory)", valueName: "dir"))
    var directory: String?

    @OptionGroup var location: AgentLocation

    func validate() throws { _ = try nanoseconds() }

    /// Unix nanoseconds.
    func nanoseconds() throws -> ClosedRange<UInt64> {
        let now = UInt64(time(nil)) * 1_000_000_000
        func moment(_ text: String, _ flag: String) throws -> UInt64 {
            guard let moment = HistoryTime.parse(text, now: now) else {
                throw ValidationError("\(flag): \"\(text)\" is not a time; expected \(HistoryTime.expected)")
            }
            return moment
        }
        let from = try since.map { try moment($0, "--since") } ?? 0
        let to = try until.map { try moment($0, "--until") } ?? .max
        guard from <= to else {
            throw ValidationError("--until: \"\(until ?? "")\" is before --since \"\(since ?? "")\"")
        }
        return from...to
    }

    /// The history's directory.
    func path() throws -> String {
        if let directory { return directory }
        guard let state = try location.stateDirectory() else {
            throw AgentError(
                .failed, "the agent's state.directory is none, so it keeps no history; name one with --history")
        }
        return HistoryOptions.directory(in: state.path)
    }

    func reader() throws -> HistoryReader {
        let path = try path()
        do throws(HistoryError) {
            return try HistoryReader(directory: path)
        } catch {
            throw AgentError(error.isPermission ? .permission : .failed, "\(error)")
        }
    }

    /// How much there is. Damage is told of what was read: files that say what they have are not.
    func extent(_ reader: HistoryReader, _ tier: HistoryTier) throws -> HistoryExtent {
        let asked = try nanoseconds()
        do throws(HistoryError) {
            let found = try reader.extent(tier, asked)
            tell(found.scan)
            return found.extent
        } catch {
            throw AgentError(error.isPermission ? .permission : .failed, "\(error)")
        }
    }

    private func tell(_ scan: HistoryReader.Scan) {
        for problem in scan.damaged { StandardError.complain("\(problem); what comes before was read") }
    }

    /// Scans, and says what could not be read.
    /// - Returns: what was read, and whether there was anything.
    @discardableResult
    func scan(
        _ reader: HistoryReader, _ tier: HistoryTier, into visitor: inout some HistoryVisitor
    ) throws -> HistoryReader.Scan {
        let asked = try nanoseconds()
        do throws(HistoryError) {
            let scan = try reader.scan(tier, asked, into: &visitor)
            tell(scan)
            return scan
        } catch {
            throw AgentError(error.isPermission ? .permission : .failed, "\(error)")
        }
    }
}

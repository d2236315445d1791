internal import ArgumentParser
internal import Glibc
internal import History

/// `headroom export`: the history as traces.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write the history's demand as CSV traces, a file each cgroup or application.",
        discussion: """
            A trace has timestamp_s (the end of the step, Unix seconds), then cpu (cores), memory \
            (bytes), net_rx, net_tx, disk_read, disk_write (bytes a second): what backtest and \
            simulate read. Steps of whole minutes come from the minutes that are kept, all others \
            from windows, which go back less far. Steps in which nobody watched are not there.

            EXAMPLES
              sudo headroom export --csv traces --since 3d
              sudo headroom export --csv traces --step 1 --since 1h --cgroup /system.slice
              sudo headroom export --csv traces --by application --peaks
            """
    )

    @Option(help: ArgumentHelp("The directory to write to; files of those names are replaced.", valueName: "dir"))
    var csv: String

    @OptionGroup var selection: DemandSelection

    @OptionGroup(title: "History") var range: HistoryRange

    func validate() throws {
        if csv.isEmpty { throw ValidationError("--csv: the directory is empty; expected a name such as traces") }
    }

    func run() throws {
        let files = try selection.traces(of: range).write(to: csv)
        StandardError.write("\(files.count) traces in \(csv)")
    }
}

/// Which demand of the history, and how finely.
struct DemandSelection: ParsableArguments {
    enum Grouping: String, ExpressibleByArgument, CaseIterable {
        case cgroup, application
    }

    @Option(help: ArgumentHelp("A sample every so many seconds.", valueName: "seconds"))
    var step: Int64 = 60

    @Option(help: "A trace each cgroup, or each application (pods and their owners have to be known).")
    var by = Grouping.cgroup

    @Option(help: ArgumentHelp("This cgroup and those below it alone; may be given again.", valueName: "path"))
    var cgroup: [String] = []

    @Flag(help: "The highest window of each minute instead of the mean.")
    var peaks = false

    func validate() throws {
        guard (1...86_400).contains(step) else { throw ValidationError("--step: \(step) is not within 1...86400 seconds") }
        if peaks && step % 60 != 0 { throw ValidationError("--peaks: of minutes; --step \(step) is none") }
        for path in cgroup where !path.hasPrefix("/") {
            throw ValidationError("--cgroup: \"\(path)\" is not a cgroup's path, which begins with /")
        }
    }

    func traces(of range: HistoryRange) -> HistoryTraces {
        HistoryTraces(
            range: range, stepSeconds: step, grouping: by == .cgroup ? .cgroup : .application, cgroups: cgroup,
            isPeak: peaks)
    }
}

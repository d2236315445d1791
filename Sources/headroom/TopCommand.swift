internal import Agent
internal import Aggregates
internal import ArgumentParser
internal import Glibc
internal import HeadroomABI

/// `headroom top`: the running agent's table, live.
struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Look at the running agent: usage, forecasts, plans and requests.",
        discussion: """
            Reads the agent's shared memory and does not disturb it. On a terminal the view is \
            live; otherwise, or with --once, it prints once. WAIT is time spent runnable without a \
            CPU, per second; the columns beside CPU and MEM are the forecast peak over the longest \
            lead time.

            KEYS
              q quit; sort by c CPU, m memory, n network, d disk, w wait, p path;
              i paths instead of the names of containers and pods

            EXAMPLES
              sudo headroom top
              sudo headroom top --once --sort memory
              sudo headroom top --json
            """
    )

    @OptionGroup var location: AgentLocation

    @Option(help: "Sort by cpu, memory, network, disk, delay or path.")
    var sort = SortOrder.cpu

    @Option(help: ArgumentHelp("Refresh this often.", valueName: "seconds"))
    var interval = 1.0

    @Flag(help: "Print once.")
    var once = false

    @Flag(help: "The last window of every cgroup as one JSON object a line.")
    var json = false

    func validate() throws {
        guard (0.05...3600).contains(interval) else {
            throw ValidationError("--interval: \(interval) is not within 0.05...3600 seconds")
        }
    }

    func run() throws {
        let directory = try location.directory()
        var attachment = try TableAttachment(directory: directory)
        if json { return try printJSON(&attachment) }
        if once || isatty(STDOUT_FILENO) != 1 {
            let columns = isatty(STDOUT_FILENO) == 1 ? FullScreen.size.columns : 120
            let screen = NodeScreen(
                snapshot: try NodeSnapshot.take(&attachment), columns: columns, order: sort,
                showsPaths: false, style: .of(STDOUT_FILENO))
            print(screen.lines(rows: nil).joined(separator: "\n"))
            return
        }
        try showLive(&attachment, directory)
    }

    private func printJSON(_ attachment: inout TableAttachment) throws {
        var sink = JSONSink(descriptor: STDOUT_FILENO)
        for row in sort.sort(try NodeSnapshot.take(&attachment).rows) where row.isFresh {
            sink.window(row.subject, row.window, row.slot.detail)
        }
        _ = sink.flush()
    }

    private func showLive(
        _ attachment: inout TableAttachment, _ directory: RuntimeDirectory
    ) throws {
        let screen = FullScreen()
        signal(SIGINT) { _ in }
        var order = sort
        var showsPaths = false
        while true {
            let size = FullScreen.size
            let view = NodeScreen(
                snapshot: try NodeSnapshot.take(&attachment), columns: size.columns, order: order,
                showsPaths: showsPaths, style: .of(STDOUT_FILENO))
            guard screen.show(view.lines(rows: size.rows)) else { return }
            var entry = pollfd(
                fd: screen.inputDescriptor ?? -1, events: Int16(POLLIN), revents: 0)
            let ready = unsafe poll(&entry, 1, CInt(interval * 1000))
            // Ctrl-C; a resize does not interrupt, its default is to be ignored.
            if ready < 0, errno == EINTR { return }
            guard TableAttachment.agentRuns(in: directory) else {
                throw AgentError(.failed, "the agent has ended")
            }
            guard ready > 0 else { continue }
            let keys = screen.keys()
            if keys.isEmpty || keys.contains(UInt8(ascii: "q")) { return }
            for key in keys {
                order = SortOrder.forKey(key) ?? order
                if key == UInt8(ascii: "i") { showsPaths.toggle() }
            }
        }
    }
}

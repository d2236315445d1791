internal import Confinement
internal import Forecast
internal import Logging

/// When checkpoints are written and what is said of it. One thread.
struct Checkpointing: ~Copyable {
    private let file: CheckpointFile
    private let writer: CheckpointWriter
    private var interval: Int64
    private let logger: Logger
    private var due: Int64
    /// The newest whole one, Unix nanoseconds; nil before the first of this run.
    private(set) var lastWritten: UInt64?
    private(set) var failures: UInt64 = 0
    private var underWay: UInt64 = 0
    private var wasLate = false
    /// Asked for by SIGUSR1: with the next tick.
    var isWished = false

    /// - Parameter now: CLOCK_MONOTONIC in nanoseconds.
    init(_ directory: StateDirectory, interval: Int64, now: Int64, logger: Logger) {
        file = directory.checkpoint
        writer = CheckpointWriter(file)
        self.interval = interval
        self.logger = logger
        due = now + interval
        do throws(AgentError) {
            try directory.make()
        } catch {
            failed(error)
        }
    }

    /// A shorter interval counts at once, a longer one from the next checkpoint on.
    mutating func setInterval(_ interval: Int64, now: Int64) {
        self.interval = interval
        due = min(due, now + interval)
    }

    /// Gives back what an earlier run left.
    func restore<Sink: EngineSink>(
        to engine: inout Engine<Sink>, recorder: inout Recorder?
    ) {
        switch file.read() {
        case .none: break
        case .refused(let reason): logger.error("\(reason)")
        case .restored(let checkpoint):
            let summary = engine.restore(checkpoint)
            for part in checkpoint.parts { recorder?.append(.restored(part.encoded())) }
            if let reason = summary.reason {
                logger.warning(
                    "\(file.path): \(summary.refused) series and plans start anew, \(summary.restored) go on: \(reason)")
            }
        }
    }

    /// Begins a checkpoint when it is time and the one before is written.
    mutating func tick<Sink: EngineSink>(
        _ engine: borrowing Engine<Sink>, now: Int64, unixOffset: Int64
    ) {
        if let result = writer.poll() { note(result) }
        guard now >= due || isWished else { return }
        guard !writer.isBusy else {
            if !wasLate {
                logger.warning("\(file.path): the checkpoint before is still being written: the disk is slow")
            }
            wasLate = true
            return
        }
        wasLate = false
        isWished = false
        due = now + interval
        underWay = UInt64(max(0, now + unixOffset))
        writer.start(engine.checkpoint.encoded())
    }

    /// The last one, of everything; waits for the disk.
    mutating func close<Sink: EngineSink>(_ engine: borrowing Engine<Sink>) {
        if let result = writer.finish() { note(result) }
        do throws(AgentError) {
            try file.write(engine.checkpoint.encoded())
        } catch {
            failed(error)
        }
    }

    private mutating func note(_ result: Result<Void, AgentError>) {
        switch result {
        case .success:
            lastWritten = underWay
            // The copies of all series are gone: without this the process stays as large as its largest checkpoint made it.
            ProcessMemory.giveBack()
        case .failure(let error): failed(error)
        }
    }

    private mutating func failed(_ error: AgentError) {
        failures += 1
        logger.error("no checkpoint of the forecasts: \(error)")
    }
}

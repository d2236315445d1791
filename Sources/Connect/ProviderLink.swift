internal import Aggregates
internal import Capacity
internal import Glibc
package import Logging
internal import NIOCore
internal import NIOPosix

/// What a provider program was started with is no pipe.
package struct NotAPipe: Error, CustomStringConvertible {
    let name: String
    let problem: String
    package var description: String {
        "\(name) \(problem); it has to be a pipe, socket or terminal, as the agent gives it (by hand: `cat requests | headroom-connect … | cat`)"
    }
}

/// A provider program's side of its pipe to the agent: requests in, answers out.
///
/// One request of a pool and resource is served at a time; a later one cancels it and begins when it
/// has ended, so that the last total asked for is the one that stays.
package actor ProviderLink {
    private struct Key: Hashable {
        let pool: String
        let resource: Resource
    }

    private struct Serving {
        let id: UInt64
        let task: Task<Void, Never>
        var outcome: CapacityOutcome?
        var observed: CapacityObservation?
    }

    private let service: any CapacityService
    private let input: CInt
    private let output: CInt
    private let logger: Logger
    private let answers: AsyncStream<[UInt8]>
    private let told: AsyncStream<[UInt8]>.Continuation
    private var serving: [Key: Serving] = [:]
    package private(set) var counts = LinkCounts()

    static let lineLimit = 65_536
    /// How often what there is is looked at.
    private let period: Duration
    /// How long requests may still take once the agent has gone: it waits two seconds.
    private static let grace = Duration.seconds(1)

    /// - Parameters:
    ///   - input: a pipe or socket; read until its end. `output` the same, written. Both stay open.
    ///   - period: between two looks at what the pools have.
    package init(
        _ service: any CapacityService, input: CInt = 0, output: CInt = 1,
        period: Duration = .seconds(10), logger: Logger
    ) {
        self.service = service
        self.input = input
        self.output = output
        self.period = period
        self.logger = logger
        (answers, told) = AsyncStream.makeStream()
    }

    /// Looks whether this process was started as a provider program is: the end of a file would look like the
    /// agent's, and what was asked for be called off.
    package static func checkStandardStreams() throws(NotAPipe) {
        for (descriptor, name) in [(0, "standard input"), (1, "standard output")] as [(CInt, String)] {
            var status = stat()
            guard unsafe fstat(descriptor, &status) == 0 else { throw NotAPipe(name: name, problem: "is closed") }
            let type = status.st_mode & S_IFMT
            guard ![S_IFREG, S_IFDIR, S_IFBLK].contains(type) else { throw NotAPipe(name: name, problem: "is a file") }
        }
    }

    /// Serves until the input ends, the output is closed, or the task is cancelled.
    package func run() async {
        let observing = Task { await self.observe() }
        defer { observing.cancel() }
        do {
            let channel = try await open()
            try await channel.executeThenClose { inbound, outbound in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await self.read(inbound)
                        await self.end()
                    }
                    group.addTask { try await self.write(outbound) }
                    // The writer ends once the reader has and all answers are out; or as the reader
                    // does, by an error.
                    for _ in 0..<2 { try await group.next() }
                    group.cancelAll()
                }
            }
        } catch is CancellationError {
        } catch {
            logger.error("the agent's pipe: \(error)")
        }
        told.finish()
        for key in serving.keys { serving[key]?.task.cancel() }
        for value in serving.values { await value.task.value }
    }

    private func open() async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            // After the input's end answers still go out.
            .channelOption(.allowRemoteHalfClosure, value: true)
            .takingOwnershipOfDescriptors(input: dup(input), output: dup(output)) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                }
            }
    }

    private func read(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async throws {
        var line: [UInt8] = []
        var isTooLong = false
        for try await part in inbound {
            for byte in part.readableBytesView {
                if byte == UInt8(ascii: "\n") {
                    if isTooLong { refuse("a line over \(Self.lineLimit) bytes") } else { take(line) }
                    line.removeAll(keepingCapacity: true)
                    isTooLong = false
                } else if line.count < Self.lineLimit {
                    line.append(byte)
                } else {
                    isTooLong = true
                }
            }
        }
    }

    private func write(_ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) async throws {
        for await line in answers {
            try await outbound.write(ByteBuffer(bytes: line))
        }
    }

    private func refuse(_ reason: String) {
        counts.refusedLines += 1
        logger.warning("a line of the agent is not understood: \(reason)")
    }

    // MARK: Requests

    private func take(_ line: [UInt8]) {
        if line.isEmpty { return }
        do throws(RequestLine.Refusal) {
            guard let request = try RequestLine.parse(line) else { return }
            begin(request)
        } catch {
            refuse("\(error)")
        }
    }

    private func begin(_ request: CapacityRequest) {
        counts.requests += 1
        let key = Key(pool: request.pool, resource: request.resource)
        let earlier = serving[key]
        if let earlier, earlier.id == request.id {
            // Sent again: it is under way, or what came of it is known.
            if let outcome = earlier.outcome { tell(outcome, request.id) }
            return
        }
        if let earlier, earlier.outcome == nil {
            counts.superseded += 1
            earlier.task.cancel()
        }
        let task = Task {
            await earlier?.task.value
            if Task.isCancelled { return }
            let outcome = await self.service.reserve(request) {
                self.told.yield(AnswerLine.outcome(.pending, id: request.id))
            }
            self.settle(key, request.id, outcome)
        }
        serving[key] = Serving(id: request.id, task: task, observed: earlier?.observed)
    }

    private func settle(_ key: Key, _ id: UInt64, _ outcome: CapacityOutcome) {
        guard serving[key]?.id == id, serving[key]?.task.isCancelled == false else { return }
        serving[key]?.outcome = outcome
        tell(outcome, id)
    }

    private func tell(_ outcome: CapacityOutcome, _ id: UInt64) {
        counts.answers += 1
        told.yield(AnswerLine.outcome(outcome, id: id))
    }

    /// The agent has gone: what is nearly done may end, and its answers are written.
    private func end() async {
        let unfinished = serving.values.filter { $0.outcome == nil }.map(\.task)
        if !unfinished.isEmpty {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for task in unfinished { await task.value } }
                group.addTask { try? await Task.sleep(for: Self.grace) }
                await group.next()
                for task in unfinished { task.cancel() }
                group.cancelAll()
            }
        }
        told.finish()
    }

    // MARK: What there is

    private func observe() async {
        while !Task.isCancelled {
            for key in Array(serving.keys) {
                guard let now = await service.observe(pool: key.pool, key.resource, demand: nil),
                    serving[key]?.observed != now
                else { continue }
                serving[key]?.observed = now
                told.yield(AnswerLine.capacity(now, pool: key.pool, key.resource))
            }
            try? await Task.sleep(for: period)
        }
    }
}

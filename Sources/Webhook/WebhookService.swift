package import Aggregates
package import Capacity
internal import Connect
internal import FoundationEssentials
package import Logging
internal import NIOHTTP1

/// Any service behind a URL as a provider of capacity: signed requests, tried again until they are
/// answered or given up.
package final class WebhookService: CapacityService {
    package let name = "webhook"
    package let counts = WebhookCounts()
    private let options: WebhookOptions
    private let transport: WebhookTransport
    private let deadLetters: DeadLetters?
    private let logger: Logger
    private let now: @Sendable () -> Double

    /// The caller has to `close` it. `now` is in Unix seconds.
    package init(
        _ options: WebhookOptions, deadLetters: DeadLetters? = nil, logger: Logger,
        now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }
    ) throws(WebhookError) {
        self.options = options
        self.deadLetters = deadLetters
        self.logger = logger
        self.now = now
        transport = try WebhookTransport(options, now: now)
    }

    package func close() async { await transport.close() }

    /// Why an attempt came to nothing, and whether another may do better.
    private enum Attempt {
        case reply(WebhookReply)
        case again(String, after: Duration)
        case never(String)
    }

    package func reserve(
        _ request: CapacityRequest, onPending: @Sendable () -> Void
    ) async -> CapacityOutcome {
        let body = WebhookMessage(request, source: options.source).body
        // Ids begin anew with each start of an agent; what is sent again keeps its key.
        let key = "\(options.source)/\(options.instance)/\(request.id)"
        var backoff = Backoff(base: options.backoffBase, cap: options.backoffCap)
        let start = ContinuousClock.now
        do {
            while true {
                let attempt = try await attempt(request) {
                    try await self.transport.send(.POST, self.options.url, body: body, idempotencyKey: key)
                }
                switch attempt {
                case .reply(.final(let outcome)):
                    await settle(request)
                    return outcome
                case .reply(.pending(let poll, let after)):
                    onPending()
                    return try await follow(poll, after, request)
                case .never(let why):
                    return await giveUp(request, why, attempts: backoff.attempts + 1)
                case .again(let why, let after):
                    let delay = backoff.next(atLeast: after)
                    guard start.duration(to: .now) + delay < options.giveUpAfter else {
                        return await giveUp(request, why, attempts: backoff.attempts)
                    }
                    logger.info("\(request.pool) \(request.resource.name): \(why); again in \(delay)")
                    counts.add("retries")
                    try await Task.sleep(for: delay)
                }
            }
        } catch {
            // Cancelled: a later request has taken its place, or the agent has gone.
            return .denied(reason: "not waited for any more")
        }
    }

    private func attempt(
        _ request: CapacityRequest, _ send: () async throws -> WebhookTransport.Answer
    ) async throws -> Attempt {
        counts.add("attempts")
        let answer: WebhookTransport.Answer
        do {
            answer = try await send()
        } catch let error as WebhookError {
            try Task.checkCancellation()
            counts.add("unreachable")
            return .again("\(error)", after: .zero)
        } catch {
            try Task.checkCancellation()
            counts.add("unreachable")
            return .again("\(options.url.origin): \(NetworkFault.text(error))", after: .zero)
        }
        switch answer.status {
        case 200..<300:
            do throws(WebhookError) {
                return .reply(try WebhookReply(answer.body, requested: request.amount))
            } catch {
                counts.add("unreadable")
                return .never("\(error)")
            }
        case 408, 425, 429, 500...:
            if answer.status == 429 { counts.add("throttled") }
            return .again(
                "the service answered \(answer.status): \(WebhookReply.excerpt(answer.body))",
                after: answer.retryAfter ?? .zero)
        case 300..<400:
            counts.add("refused")
            return .never("the service answered \(answer.status), a redirect, which is not followed; configure the address it is at")
        default:
            counts.add("refused")
            // A service that denies with a status may say why as it does with 200.
            if case .final(.denied(let reason))? = try? WebhookReply(answer.body, requested: request.amount) {
                return .reply(.final(.denied(reason: reason)))
            }
            return .never("the service answered \(answer.status): \(WebhookReply.excerpt(answer.body))")
        }
    }

    /// Asks what came of a request that the service has taken on.
    private func follow(_ poll: String, _ after: Duration?, _ request: CapacityRequest) async throws -> CapacityOutcome {
        let start = ContinuousClock.now
        var address: WebhookURL
        do throws(WebhookError) {
            address = try options.url.resolving(poll)
        } catch {
            return await giveUp(request, "poll: \(error)", attempts: 1)
        }
        var delay = after ?? options.pollInterval
        var backoff = Backoff(base: options.backoffBase, cap: options.backoffCap)
        var attempts = 1
        while true {
            guard start.duration(to: .now) + delay < options.pollLimit else {
                return await giveUp(request, "still pending after \(options.pollLimit)", attempts: attempts)
            }
            try await Task.sleep(for: delay)
            counts.add("polls")
            attempts += 1
            let target = address
            switch try await attempt(request, { try await self.transport.send(.GET, target) }) {
            case .reply(.final(let outcome)):
                await settle(request)
                return outcome
            case .reply(.pending(let next, let after)):
                backoff.reset()
                if let moved = try? options.url.resolving(next) { address = moved }
                delay = after ?? options.pollInterval
            case .again(let why, let after):
                delay = max(options.pollInterval, backoff.next(atLeast: after))
                logger.info("\(request.pool) \(request.resource.name): poll: \(why); again in \(delay)")
            case .never(let why): return await giveUp(request, "poll: \(why)", attempts: attempts)
            }
        }
    }

    /// The service has answered: what it was not told before is not to be sent again, which would undo this.
    private func settle(_ request: CapacityRequest) async {
        do throws(FileError) {
            try await deadLetters?.settle(request, source: options.source, now: now())
        } catch {
            counts.add("letters_failed")
            logger.error("dead letters of \(request.pool) \(request.resource.name) could not be settled: \(error)")
        }
    }

    private func giveUp(_ request: CapacityRequest, _ why: String, attempts: Int) async -> CapacityOutcome {
        counts.add("given_up")
        logger.error("request \(request.id), \(request.pool) \(request.resource.name): given up after \(attempts) attempts: \(why)")
        do throws(FileError) {
            if let deadLetters {
                try await deadLetters.add(
                    request, why: why, attempts: attempts, url: options.url.description,
                    source: options.source, now: now())
                counts.add("letters_written")
            }
        } catch {
            counts.add("letters_failed")
            logger.error("the dead letter could not be kept: \(error)")
        }
        return .denied(reason: why)
    }

    package func observe(
        pool: String, _ resource: Resource, demand: Double?
    ) async -> CapacityObservation? {
        struct Capacity: Decodable {
            var ready: Double
            var pending: Double?
            var allocatable: Double?
        }
        guard let base = options.capacityURL else { return nil }
        let url = base.adding([("pool", pool), ("resource", resource.name)])
        guard let answer = try? await transport.send(.GET, url) else {
            counts.add("unreachable")
            return nil
        }
        // 404: the service does not know of the pool yet.
        if answer.status == 404 { return nil }
        guard answer.status == 200,
            let found = try? JSONDecoder().decode(Capacity.self, from: Data(answer.body)), found.ready >= 0
        else {
            counts.add("unreadable")
            logger.warning("\(base): \(answer.status): \(WebhookReply.excerpt(answer.body)); expected {\"ready\":...}")
            return nil
        }
        return CapacityObservation(
            ready: found.ready, pending: found.pending ?? 0, allocatable: found.allocatable)
    }

    /// Asks for nothing, to see whether address, certificate and key are right.
    /// - Throws: what is wrong, for people.
    package func ping() async throws(WebhookError) {
        let answer: WebhookTransport.Answer
        do {
            answer = try await transport.send(
                .POST, options.url, body: WebhookMessage.ping(source: options.source).body,
                idempotencyKey: "\(options.source)/\(options.instance)/ping")
        } catch let error as WebhookError {
            throw error
        } catch {
            throw WebhookError("\(options.url.origin): \(NetworkFault.text(error))")
        }
        guard (200..<300).contains(answer.status) else {
            throw WebhookError("\(options.url): the service answered \(answer.status): \(WebhookReply.excerpt(answer.body))")
        }
    }
}

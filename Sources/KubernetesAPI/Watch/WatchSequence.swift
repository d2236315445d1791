internal import AsyncHTTPClient
internal import Connect
internal import Logging
internal import NIOHTTP1
internal import Synchronization

/// Objects of a kind as they are, then as they change, for as long as the task lives.
///
/// Nothing runs between calls of `next`: whoever is slow slows the server's stream, and nothing is
/// buffered beyond a line. Iterate it in one task.
package struct WatchSequence<Object: APIObject>: AsyncSequence, Sendable {
    package typealias Element = WatchChange<Object>

    let client: APIClient
    let namespace: String?
    let labels: String?
    let fields: String?

    package func makeAsyncIterator() -> Iterator { Iterator(self) }

    package struct Iterator: AsyncIteratorProtocol {
        private let source: WatchSequence
        private let client: APIClient
        private var state = WatchState<Object>()
        private var lines: WatchLines?
        private var backoff: Backoff
        private var pause = Duration.zero
        private var opened = ContinuousClock.now
        /// Times in a row that the server did not know our version any more.
        private var expirations = 0

        /// A stream that ends sooner with nothing in it is as good as refused.
        private static var shortest: Duration { .seconds(1) }

        init(_ source: WatchSequence) {
            self.source = source
            client = source.client
            backoff = Backoff(base: client.options.backoffBase, cap: client.options.backoffCap)
        }

        /// Nil once the task is cancelled.
        package mutating func next() async -> WatchChange<Object>? {
            while !Task.isCancelled {
                do {
                    if pause > .zero { try await Task.sleep(for: pause) }
                    pause = .zero
                    if let change = try await step() { return change }
                } catch {
                    lines = nil
                    state.dropList()
                    guard let failure = try? failure(of: error) else { return nil }
                    if failure.isGone {
                        client.counts.add("watch_expired")
                        state.forget()
                        expirations += 1
                        // The list is what helps, so at once; twice in a row is like any failure.
                        if expirations == 1 { continue }
                    }
                    client.counts.add("watch_failures")
                    pause = backoff.next(atLeast: failure.retryAfter ?? .zero)
                    return .failing(failure)
                }
            }
            return nil
        }

        private var request: APIFailure.Request {
            .init(verb: "watch", kind: Object.kind, namespace: source.namespace)
        }

        private func failure(of error: any Error) throws -> APIFailure {
            switch error {
            case is DecodingError, is LineBuffer.TooLong:
                APIFailure(request: request, status: nil, reason: "Unreadable", message: "\(error)")
            case let error as ClusterAccessError:
                APIFailure(request: request, status: nil, reason: "NoCredentials", message: "\(error)")
            default: try client.transport(error, request)
            }
        }

        /// Nil when there is nothing to tell yet.
        private mutating func step() async throws -> WatchChange<Object>? {
            if lines == nil {
                if state.version == nil, !client.streamsLists.load(ordering: .relaxed) {
                    return try await list()
                }
                try await open()
            }
            guard let line = try await lines?.next() else { return try ended() }
            return try take(line)
        }

        private mutating func list() async throws -> WatchChange<Object> {
            let all = try await client.list(
                Object.self, namespace: source.namespace, labels: source.labels,
                fields: source.fields)
            client.counts.add("watch_lists")
            state.list(asOf: all.resourceVersion)
            return .synced(all.items)
        }

        private mutating func open() async throws {
            let seconds = client.options.watchSeconds
            var query = APIClient.selectors(source.labels, source.fields)
            query += [
                ("watch", "true"), ("allowWatchBookmarks", "true"),
                // Not all at one time.
                ("timeoutSeconds", String(Int.random(in: seconds...(2 * seconds)))),
            ]
            if let version = state.version {
                query.append(("resourceVersion", version))
            } else {
                query += [("sendInitialEvents", "true"), ("resourceVersionMatch", "NotOlderThan")]
                state.beginList()
            }
            let target = Object.kind.path(namespace: source.namespace) + QueryText.query(query)
            do {
                let response = try await client.send(
                    request, .GET, target, nil, nil, accept: "application/json",
                    limit: .seconds(2 * seconds + 60))
                lines = WatchLines(response.body, limit: client.options.eventLimit)
                opened = .now
            } catch let failure as APIFailure where state.isListing && (failure.isInvalid || failure.status == 400) {
                // Before 1.32, or switched off: list, then watch.
                client.streamsLists.store(false, ordering: .relaxed)
                state.dropList()
            }
        }

        /// The server ends watches when their time is over, and when it goes down.
        private mutating func ended() throws -> WatchChange<Object>? {
            guard lines != nil else { return nil }
            lines = nil
            client.counts.add("watch_ends")
            if state.isListing || opened.duration(to: .now) < Self.shortest {
                state.dropList()
                throw APIFailure(
                    request: request, status: nil, reason: "Cut", message: "the server ended the stream at once")
            }
            return nil
        }

        private mutating func take(_ line: ArraySlice<UInt8>) throws -> WatchChange<Object>? {
            let advances = state.advances
            let step = try state.take(line)
            if state.advances > advances {
                backoff.reset()
                expirations = 0
            }
            switch step {
            case .none: return nil
            case .told(let change): return change
            case .bookmark(let all):
                client.counts.add("watch_bookmarks")
                if all != nil { client.counts.add("watch_lists") }
                return all
            case .failed(let status):
                throw APIFailure(
                    request: request, status: status.code ?? 500, body: status, text: "", retryAfter: nil)
            case .unknown(let type):
                client.logger.warning("\(request.words): an event of type \"\(type)\", which is not known")
                return nil
            }
        }
    }
}

package import NIOSSL
internal import Synchronization

/// What tests say and ask.
extension APITestServer {
    // MARK: Somebody else

    /// Puts an object there as somebody else: creates it, or replaces it as it is, status and all.
    /// The namespace is created with it. Traps on what is no object of the kind.
    @discardableResult
    package func put(_ kind: ServedKind, _ json: JSON, manager: String = "somebody") -> JSON {
        let version = kind.versions[0]
        let namespace = kind.isNamespaced ? json["metadata"]["namespace"].text ?? "default" : nil
        guard let name = json["metadata"]["name"].text else { preconditionFailure("no name in \(json)") }
        let view = state.withLock { state -> JSON in
            if let namespace { state.cluster.seedNamespace(namespace) }
            let key = state.cluster.key(kind, namespace, name)
            let old = state.cluster.objects[key]
            var json = kind == .events ? EventViews.stored(json) : json
            json["apiVersion"] = .null
            json["kind"] = .null
            json["metadata"]["managedFields"] = .null
            json["metadata"]["namespace"] = .text(namespace)
            if let old {
                for field in ["uid", "creationTimestamp", "generation"] {
                    json["metadata"][field] = old.json["metadata"][field]
                }
            } else {
                json = Cluster.born(json)
                if !kind.generationFields.isEmpty { json["metadata"]["generation"] = 1 }
            }
            Defaults.fill(&json, kind)
            if let old, kind.generationFields.contains(where: { json[$0] != old.json[$0] }) {
                json["metadata"]["generation"] = .integer((old.json["metadata"]["generation"].integer ?? 0) + 1)
            }
            let writer = FieldManager(
                name: manager, operation: .update, apiVersion: kind.apiVersion(version), subresource: "")
            let managers = ServerSideApply(kind: kind, time: Cluster.now)
                .update(old?.managers ?? [], from: old?.json ?? [:], to: json, by: writer)
            return state.cluster.store(StoredObject(json: json, managers: managers), key)
                .view(kind, version: version)
        }
        stirred()
        return view
    }

    /// Changes an object as somebody else. - Returns: whether there is one.
    @discardableResult
    package func edit(
        _ kind: ServedKind, _ namespace: String?, _ name: String, manager: String = "somebody",
        _ change: (inout JSON) -> Void
    ) -> Bool {
        guard var json = object(kind, namespace, name) else { return false }
        change(&json)
        put(kind, json, manager: manager)
        return true
    }

    /// Deletes an object, and what it owns, as somebody else.
    @discardableResult
    package func remove(_ kind: ServedKind, _ namespace: String?, _ name: String) -> Bool {
        let isGone = state.withLock { $0.cluster.remove($0.cluster.key(kind, namespace, name)) != nil }
        stirred()
        return isGone
    }

    package func addNamespace(_ name: String) { state.withLock { $0.cluster.seedNamespace(name) } }

    /// An object as it is now, in the preferred version; nil when there is none.
    package func object(_ kind: ServedKind, _ namespace: String?, _ name: String) -> JSON? {
        state.withLock { state in
            state.cluster.objects[state.cluster.key(kind, namespace, name)]?.view(kind, version: kind.versions[0])
        }
    }

    package func objects(_ kind: ServedKind, _ namespace: String? = nil) -> [JSON] {
        state.withLock { $0.cluster.all(kind, namespace).map { $0.view(kind, version: kind.versions[0]) } }
    }

    // MARK: Faults

    /// The next `count` requests of a verb whose path contains `path` go wrong.
    package func fail(_ fault: Fault, next count: Int = 1, verb: String? = nil, path: String = "") {
        state.withLock { $0.faults.add(.init(left: count, verb: verb, path: path, fault: fault)) }
    }

    package func clearFaults() { state.withLock { $0.faults.clear() } }

    /// Lets requests that are held go on. - Returns: how many.
    @discardableResult
    package func release() -> Int {
        let held = state.withLock { state in
            defer { state.held.removeAll() }
            return state.held
        }
        for action in held { action() }
        return held.count
    }

    package var held: Int { state.withLock { $0.held.count } }

    /// Forgets all resource versions up to now: 410 for watches from them and for pages of lists.
    package func expire() { state.withLock { $0.cluster.compact() } }

    /// Tells open watches that their version is forgotten, and ends them.
    package func expireWatches() {
        state.withLock { state in
            let error = StatusError.expired("too old resource version: 1 (\(state.cluster.version))")
            state.cluster.hub.send(Watcher.line("ERROR", error.body))
            state.cluster.hub.endAll(midLine: false)
        }
        stirred()
    }

    /// Ends open watches, in order or in the middle of a line.
    package func endWatches(midLine: Bool = false) {
        state.withLock { $0.cluster.hub.endAll(midLine: midLine) }
        stirred()
    }

    package func sendBookmarks() { state.withLock { $0.cluster.hub.bookmark($0.cluster.version) } }

    /// A quota: at most so many objects of a kind in a namespace. Nil for no limit.
    package func limit(_ kind: ServedKind, _ namespace: String, to limit: Int?, name: String = "quota") {
        state.withLock { state in
            state.cluster.quotas.removeAll { $0.namespace == namespace && $0.plural == kind.plural }
            if let limit {
                state.cluster.quotas.append(
                    Quota(name: name, namespace: namespace, plural: kind.plural, limit: limit))
            }
        }
    }

    /// Whether watches may begin with a streamed list; off on servers before 1.32.
    package func setStreamsLists(_ isOn: Bool) { state.withLock { $0.cluster.streamsLists = isOn } }

    /// Whether discovery tells of all groups at once.
    package func setAggregatesDiscovery(_ isOn: Bool) { state.withLock { $0.aggregatesDiscovery = isOn } }

    /// Installs, or takes away, kinds.
    package func setKinds(_ kinds: [ServedKind]) { state.withLock { $0.cluster.kinds = kinds } }

    // MARK: Access

    /// Knows `user` by `token`; nil takes the token back.
    package func setUser(_ user: ServerUser?, token: String) { state.withLock { $0.users[token] = user } }

    /// Knows `user` by a client certificate too.
    package func setUser(_ user: ServerUser, certificate: NIOSSLCertificate) throws {
        setUser(user, token: try Self.certificateToken(certificate))
    }

    static func certificateToken(_ certificate: NIOSSLCertificate) throws -> String {
        "certificate " + (try certificate.toDERBytes()).map { String($0, radix: 16) }.joined(separator: ":")
    }

    /// A new token for whom the old one was for, which is refused from now on.
    package func rotate(_ old: String, to new: String) {
        state.withLock { $0.users[new] = $0.users.removeValue(forKey: old) }
    }

    // MARK: What happened

    package var requests: [ReceivedRequest] { state.withLock { $0.requests } }

    package func requests(_ verb: String, _ path: String = "") -> [ReceivedRequest] {
        requests.filter { $0.verb == verb && (path.isEmpty || $0.path.contains(path)) }
    }

    package func forgetRequests() { state.withLock { $0.requests.removeAll() } }

    /// Open watches.
    package var watches: Int { state.withLock { $0.cluster.hub.watchers.count } }

    /// Returns when `condition` holds. It is asked after each request and each change.
    /// - Throws: `CancellationError` when it does not come true in `limit`.
    package func until(
        within limit: Duration = .seconds(30), _ condition: @escaping @Sendable (APITestServer) -> Bool
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.wait(condition) }
            group.addTask {
                try await Task.sleep(for: limit)
                throw CancellationError()
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func wait(_ condition: @escaping @Sendable (APITestServer) -> Bool) async throws {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock {
                    $0.waiters[id] = Waiter(condition: condition, continuation: continuation)
                }
                stirred()
                if Task.isCancelled { giveUp(id) }
            }
        } onCancel: {
            giveUp(id)
        }
    }

    private func giveUp(_ id: Int) {
        state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
    }
}

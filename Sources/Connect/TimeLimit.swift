/// It took longer than it was given.
package struct TimeLimitError: Error, CustomStringConvertible {
    package let limit: Duration

    package var description: String { "no whole answer in \(limit)" }
}

/// Runs `body`, and cancels it when it takes longer than `limit`.
package func withTimeLimit<Value: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let value = first else { throw TimeLimitError(limit: limit) }
        return value
    }
}

internal import KubernetesAPI

extension APIClient {
    /// The object, or nil when there is none of that name.
    func find<Object: APIObject>(
        _ type: Object.Type,
        namespace: String?,
        name: String
    ) async throws -> Object? {
        do {
            return try await get(type, namespace: namespace, name: name)
        } catch let failure as APIFailure where failure.isNotFound {
            return nil
        }
    }
}

internal import ArgumentParser
internal import KubernetesAPI
internal import Logging

/// Which cluster, and as whom.
struct ClusterOptions: ParsableArguments {
    @Option(
        help: "The kubeconfig. Without it KUBECONFIG, the pod's service account, or ~/.kube/config."
    )
    var kubeconfig: String?

    @Option(help: "The kubeconfig's context to use instead of its current one.")
    var context: String?

    @Option(
        name: .shortAndLong,
        help: "The namespace of our objects. Without it the context's, or the pod's."
    )
    var namespace: String?

    /// Runs `body` with a client and the namespace. A cluster that does not answer, or a kubeconfig that
    /// cannot be used, is told on standard error and ends the program with 3.
    func withClient<Result>(
        _ logger: Logger,
        _ options: APIClientOptions = APIClientOptions(),
        _ body: (APIClient, String) async throws -> Result
    ) async throws -> Result {
        do {
            let access = try ClusterAccess.find(kubeconfig: kubeconfig, context: context)
            let client = try APIClient(access: access, options: options, logger: logger)
            do {
                let result = try await body(client, namespace ?? access.namespace)
                await client.close()
                return result
            } catch {
                await client.close()
                throw error
            }
        } catch let failure as APIFailure {
            logger.error("\(failure)")
        } catch let error as ClusterAccessError {
            logger.error("\(error)")
        }
        throw ExitCode(3)
    }
}

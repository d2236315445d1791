/// What is used of a pod's spec, in pods and in their templates.
package struct PodSpec: Codable, Sendable, Hashable {
    package var containers: [Container]
    package var nodeName: String?
    package var priorityClassName: String?
    package var nodeSelector: [String: String]?
    package var tolerations: [Toleration]?
    package var terminationGracePeriodSeconds: Int?
    package var automountServiceAccountToken: Bool?
    package var securityContext: PodSecurityContext?

    package init(containers: [Container]) { self.containers = containers }
}

package struct Container: Codable, Sendable, Hashable {
    package var name: String
    package var image: String?
    package var resources: ResourceRequirements?
    package var resizePolicy: [ContainerResizePolicy]?
    package var securityContext: ContainerSecurityContext?

    package init(name: String, image: String?, resources: ResourceRequirements?) {
        self.name = name
        self.image = image
        self.resources = resources
    }
}

package struct ResourceRequirements: Codable, Sendable, Hashable {
    package var requests: ResourceList?
    package var limits: ResourceList?

    package init(requests: ResourceList? = nil, limits: ResourceList? = nil) {
        self.requests = requests
        self.limits = limits
    }
}

package struct ContainerResizePolicy: Codable, Sendable, Hashable {
    package var resourceName: String
    /// `NotRequired` or `RestartContainer`.
    package var restartPolicy: String

    package init(resourceName: String, restartPolicy: String) {
        self.resourceName = resourceName
        self.restartPolicy = restartPolicy
    }
}

package struct PodSecurityContext: Codable, Sendable, Hashable {
    package var runAsNonRoot: Bool?
    package var runAsUser: Int?
    package var seccompProfile: SeccompProfile?
}

package struct SeccompProfile: Codable, Sendable, Hashable {
    package var type: String
}

package struct ContainerSecurityContext: Codable, Sendable, Hashable {
    package var allowPrivilegeEscalation: Bool?
    package var readOnlyRootFilesystem: Bool?
    package var capabilities: Capabilities?

    package struct Capabilities: Codable, Sendable, Hashable {
        package var drop: [String]?
    }
}

/// Shapes of the kinds, as the published API has them.
extension Schema {
    static func of(_ kind: ServedKind) -> Schema {
        var members = members(kind)
        members["apiVersion"] = .string
        members["kind"] = .string
        members["metadata"] = metadata
        return .object(members)
    }

    private static func members(_ kind: ServedKind) -> [String: Schema] {
        switch kind {
        case .pods: ["spec": podSpec, "status": .any]
        case .podTemplates: ["template": template]
        case .configMaps: ["data": .map(.string), "binaryData": .map(.string), "immutable": .boolean]
        case .namespaces: ["spec": ["finalizers": .list(.string)], "status": .any]
        case .nodes: ["spec": .any, "status": .any]
        case .deployments: ["spec": deploymentSpec, "status": deploymentStatus]
        case .priorityClasses:
            [
                "value": .integer, "globalDefault": .boolean, "description": .string,
                "preemptionPolicy": .string,
            ]
        case .leases:
            [
                "spec": [
                    "holderIdentity": .string, "leaseDurationSeconds": .integer, "acquireTime": .microTime,
                    "renewTime": .microTime, "leaseTransitions": .integer, "strategy": .string,
                    "preferredHolder": .string,
                ]
            ]
        case .events:
            event("involvedObject", "message", "reportingComponent").merging([
                "source": .any, "firstTimestamp": .time, "lastTimestamp": .time, "count": .integer,
            ]) { $1 }
        case .eventsV1:
            event("regarding", "note", "reportingController").merging([
                "deprecatedSource": .any, "deprecatedFirstTimestamp": .time,
                "deprecatedLastTimestamp": .time, "deprecatedCount": .integer,
            ]) { $1 }
        case .accessReviews:
            [
                "spec": [
                    "resourceAttributes": [
                        "namespace": .string, "verb": .string, "group": .string, "version": .string,
                        "resource": .string, "subresource": .string, "name": .string,
                        "fieldSelector": .any, "labelSelector": .any,
                    ],
                    "nonResourceAttributes": ["path": .string, "verb": .string],
                ], "status": .any,
            ]
        case _ where kind.plural == "capacitybuffers": ["spec": bufferSpec, "status": bufferStatus]
        case _ where kind.plural == "verticalpodautoscalers": ["spec": autoscalerSpec, "status": autoscalerStatus]
        default: ["spec": .any, "status": .any]
        }
    }

    private static let metadata: Schema = [
        "name": .string, "generateName": .string, "namespace": .string, "uid": .string,
        "resourceVersion": .string, "generation": .integer, "creationTimestamp": .time,
        "deletionTimestamp": .time, "deletionGracePeriodSeconds": .integer, "labels": .map(.string),
        "annotations": .map(.string), "finalizers": .list(.string), "managedFields": .any,
        "selfLink": .string,
        "ownerReferences": .list([
            "apiVersion": .string, "kind": .string, "name": .string, "uid": .string,
            "controller": .boolean, "blockOwnerDeletion": .boolean,
        ]),
    ]

    private static let resources: Schema = [
        "limits": .map(.quantity), "requests": .map(.quantity), "claims": .any,
    ]

    private static let container: Schema = [
        "name": .string, "image": .string, "command": .list(.string), "args": .list(.string),
        "workingDir": .string, "imagePullPolicy": .string, "terminationMessagePath": .string,
        "terminationMessagePolicy": .string, "restartPolicy": .string, "stdin": .boolean,
        "stdinOnce": .boolean, "tty": .boolean, "resources": resources,
        "resizePolicy": .list(["resourceName": .string, "restartPolicy": .string]),
        "ports": .list([
            "name": .string, "containerPort": .integer, "hostPort": .integer, "hostIP": .string,
            "protocol": .string,
        ]),
        "env": .list(["name": .string, "value": .string, "valueFrom": .any]), "envFrom": .any,
        "volumeMounts": .any, "volumeDevices": .any, "livenessProbe": .any, "readinessProbe": .any,
        "startupProbe": .any, "lifecycle": .any, "securityContext": .any,
    ]

    private static let podSpec: Schema = [
        "containers": .list(container), "initContainers": .list(container), "ephemeralContainers": .any,
        "volumes": .any, "restartPolicy": .string, "terminationGracePeriodSeconds": .integer,
        "activeDeadlineSeconds": .integer, "dnsPolicy": .string, "dnsConfig": .any,
        "nodeSelector": .map(.string), "serviceAccountName": .string, "serviceAccount": .string,
        "automountServiceAccountToken": .boolean, "nodeName": .string, "hostNetwork": .boolean,
        "hostPID": .boolean, "hostIPC": .boolean, "hostUsers": .boolean, "shareProcessNamespace": .boolean,
        "securityContext": .any, "imagePullSecrets": .any, "hostname": .string, "subdomain": .string,
        "affinity": .any, "schedulerName": .string, "tolerations": .any, "hostAliases": .any,
        "priorityClassName": .string, "priority": .integer, "readinessGates": .any,
        "runtimeClassName": .string, "enableServiceLinks": .boolean, "preemptionPolicy": .string,
        "overhead": .map(.quantity), "topologySpreadConstraints": .any, "setHostnameAsFQDN": .boolean,
        "os": .any, "schedulingGates": .any, "resourceClaims": .any, "resources": resources,
    ]

    private static let template: Schema = ["metadata": metadata, "spec": podSpec]

    private static let deploymentSpec: Schema = [
        "replicas": .integer, "selector": ["matchLabels": .map(.string), "matchExpressions": .any],
        "template": template,
        "strategy": [
            "type": .string, "rollingUpdate": ["maxSurge": .any, "maxUnavailable": .any],
        ],
        "minReadySeconds": .integer, "revisionHistoryLimit": .integer, "paused": .boolean,
        "progressDeadlineSeconds": .integer,
    ]

    private static let condition: Schema = [
        "type": .string, "status": .string, "lastTransitionTime": .time, "reason": .string,
        "message": .string, "observedGeneration": .integer, "lastUpdateTime": .time, "lastProbeTime": .time,
    ]

    private static let deploymentStatus: Schema = [
        "observedGeneration": .integer, "replicas": .integer, "updatedReplicas": .integer,
        "readyReplicas": .integer, "availableReplicas": .integer, "unavailableReplicas": .integer,
        "terminatingReplicas": .integer, "conditions": .list(condition), "collisionCount": .integer,
    ]

    private static func event(_ about: String, _ note: String, _ controller: String) -> [String: Schema] {
        [
            about: [
                "apiVersion": .string, "kind": .string, "namespace": .string, "name": .string,
                "uid": .string, "resourceVersion": .string, "fieldPath": .string,
            ],
            "related": .any, note: .string, controller: .string, "reportingInstance": .string,
            "action": .string, "reason": .string, "type": .string, "eventTime": .microTime,
            "series": ["count": .integer, "lastObservedTime": .microTime],
        ]
    }

    private static let bufferSpec: Schema = [
        "provisioningStrategy": .string, "podTemplateRef": ["name": .string],
        "scalableRef": ["apiGroup": .string, "kind": .string, "name": .string], "replicas": .integer,
        "percentage": .integer, "limits": .map(.quantity),
    ]

    private static let bufferStatus: Schema = [
        "podTemplateRef": ["name": .string], "replicas": .integer, "podTemplateGeneration": .integer,
        "provisioningStrategy": .string, "conditions": .list(condition),
    ]

    private static let autoscalerSpec: Schema = [
        "targetRef": ["apiVersion": .string, "kind": .string, "name": .string],
        "updatePolicy": .any, "recommenders": .list(["name": .string]), "startupBoost": .any,
        "resourcePolicy": [
            "containerPolicies": .list([
                "containerName": .string, "mode": .string, "minAllowed": .map(.quantity),
                "maxAllowed": .map(.quantity), "controlledResources": .list(.string),
                "controlledValues": .string, "oomBumpUpRatio": .quantity, "oomMinBumpUp": .quantity,
                "startupBoost": .any,
            ])
        ],
    ]

    private static let autoscalerStatus: Schema = [
        "recommendation": [
            "containerRecommendations": .list([
                "containerName": .string, "target": .map(.quantity), "lowerBound": .map(.quantity),
                "upperBound": .map(.quantity), "uncappedTarget": .map(.quantity),
            ])
        ],
        "conditions": .list(condition),
    ]
}

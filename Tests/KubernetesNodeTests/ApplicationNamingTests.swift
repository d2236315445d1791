import Foundation
import KubernetesAPI
import Testing

@testable import KubernetesNode

/// Which application a pod is one of, told from the pod alone.
@Suite struct ApplicationNamingTests {
    private func pod(_ metadata: String) throws -> NodePod {
        try JSONDecoder().decode(NodePod.self, from: Data("{\"metadata\":\(metadata)}".utf8))
    }

    private func owned(_ kind: String, _ name: String, labels: String = "{}", pod: String = "p") throws -> NodePod {
        try self.pod(
            """
            {"name":"\(pod)","namespace":"shop","uid":"u","labels":\(labels),"ownerReferences":[
              {"apiVersion":"x/v1","kind":"\(kind)","name":"\(name)","uid":"o","controller":true}]}
            """)
    }

    @Test(arguments: [
        ("ReplicaSet", "web-5d8f9c", #"{"pod-template-hash":"5d8f9c"}"#, "shop/Deployment/web"),
        ("ReplicaSet", "web-5d8f9c", "{}", "shop/ReplicaSet/web-5d8f9c"),
        ("ReplicaSet", "web", #"{"pod-template-hash":"5d8f9c"}"#, "shop/ReplicaSet/web"),
        ("ReplicaSet", "canary-7f", #"{"rollouts-pod-template-hash":"7f"}"#, "shop/Rollout/canary"),
        ("StatefulSet", "db", "{}", "shop/StatefulSet/db"),
        ("DaemonSet", "log-agent", "{}", "shop/DaemonSet/log-agent"),
        ("Job", "report-29273760", "{}", "shop/CronJob/report"),
        ("Job", "migrate", "{}", "shop/Job/migrate"),
        ("Job", "migrate-3", "{}", "shop/Job/migrate-3"),
        ("Cluster", "pg-main", "{}", "shop/Cluster/pg-main"),
    ])
    func anOwnerNamesIt(kind: String, name: String, labels: String, application: String) throws {
        #expect(try ApplicationNaming().application(of: owned(kind, name, labels: labels)) == application)
    }

    @Test func aStaticPodIsItselfOnEveryNode() throws {
        #expect(
            try ApplicationNaming().application(of: owned("Node", "n-1", pod: "etcd-n-1")) == "shop/Pod/etcd")
        #expect(
            try ApplicationNaming().application(of: pod(#"{"name":"etcd","namespace":"shop"}"#)) == "shop/Pod/etcd")
    }

    @Test func aLabelThatIsChosenNamesThoseThatHaveIt() throws {
        let naming = ApplicationNaming(label: "app.kubernetes.io/name")
        let web = try owned("StatefulSet", "db", labels: #"{"app.kubernetes.io/name":"store"}"#)
        #expect(naming.application(of: web) == "shop/store")
        #expect(try naming.application(of: owned("StatefulSet", "db")) == "shop/StatefulSet/db")
    }
}

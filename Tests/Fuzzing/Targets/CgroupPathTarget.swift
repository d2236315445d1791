import Aggregates

extension FuzzTarget {
    /// Paths of cgroups: whoever may make one chooses it. What is found lies in the path and looks as it says; nothing
    /// that is shown moves a cursor.
    static let cgroupPath = FuzzTarget(name: "cgroup-path", largest: 1024) { bytes in
        let path = text(bytes[...])
        guard let identity = CgroupIdentity(path: path) else { return }
        // By bytes: a name may begin with a mark that makes one character of its "/".
        try demand(Array(path.utf8).contains(Array(identity.inner.utf8)), "inner \"\(identity.inner)\" is no part of it")
        if let id = identity.containerID {
            try demand(id.utf8.count == 64 && id.utf8.allSatisfy(isHexadecimal), "no container's id: \(id)")
            try demand(path.contains(id), "a container's id that is not in the path: \(id)")
        }
        if let uid = identity.podUID {
            let plain = uid.filter { $0 != "-" }
            try demand(
                plain.utf8.count == 32 && plain.utf8.allSatisfy(isHexadecimal) && [32, 36].contains(uid.utf8.count), "no pod's uid: \(uid)")
        }
        if identity.kind == .kubernetesPod || identity.kind == .kubernetesContainer {
            try demand(identity.podUID != nil && identity.qos != nil, "a pod without a uid or a class")
        }
        try demand(!identity.displayName.isEmpty, "no name to show")
        let shown = TableText.visible(identity.displayName)
        try demandHarmless(shown, "a name")
        let again = CgroupIdentity(path: path)
        try demand(again?.displayName == identity.displayName, "another name the second time")
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) || (0x41...0x46).contains(byte)
    }
}

internal import CLibBPF
internal import Glibc

/// Attaches loaded programs to cgroups by their descriptors: for a process that did not load them. Takes CAP_NET_ADMIN.
package enum CgroupAttachment {
    /// - Parameters:
    ///   - program: of type cgroup_skb.
    ///   - directory: of the cgroup.
    /// - Returns: the link, which the caller closes to detach; or -1 with errno.
    package static func attach(program: CInt, directory: CInt, isEgress: Bool) -> CInt {
        let link = bpf_link_create(
            program,
            directory,
            isEgress ? BPF_CGROUP_INET_EGRESS : BPF_CGROUP_INET_INGRESS,
            nil
        )
        if link < 0 { errno = -link }
        return link < 0 ? -1 : link
    }
}

internal import CLibBPF
internal import Glibc

/// What the running kernel's BTF says is there. Versions are never compared: distributions
/// backport hooks and change their signatures.
struct KernelFeatures: Sendable {
    /// Hooks (`btf_trace_<name>`) the programs may attach to, and whether each exists.
    let tracepoints: [String: Bool]
    let cssFlush: Bool
    let cgroupFlush: Bool
    let cgroupIterator: Bool
    /// Tasks know their run queue, whose clock the run-queue delay is taken from.
    let runQueueClock: Bool
    /// `bpf_map_lookup_percpu_elem`, 5.19.
    let percpuLookup: Bool
    /// Atomic operations other than add, 5.12.
    let allAtomics: Bool

    static let wantedTracepoints = [
        "sched_switch", "cgroup_mkdir", "cgroup_rmdir", "block_io_start", "block_rq_issue",
        "block_rq_complete", "cgroup_attach_task", "mark_victim", "tcp_retransmit_skb", "inet_sock_set_state",
    ]
    /// `mark_victim` gives the victim's task, and not only its pid.
    let namesVictim: Bool
    /// `struct cgroup` points to its pressure, 6.1.
    let cgroupPressure: Bool

    init() throws(BPFError) {
        LibBPFLog.capture()
        guard let btf = unsafe btf__load_vmlinux_btf() else {
            throw .last("btf__load_vmlinux_btf", "/sys/kernel/btf/vmlinux")
        }
        defer { unsafe btf__free(btf) }
        func has(_ name: String, _ kind: UInt32) -> Bool {
            unsafe btf__find_by_name_kind(btf, name, kind) > 0
        }
        var tracepoints: [String: Bool] = [:]
        for name in Self.wantedTracepoints {
            tracepoints[name] = has("btf_trace_\(name)", headroomTypedefKind)
        }
        self.tracepoints = tracepoints
        cssFlush = has("css_rstat_flush", headroomFunctionKind)
        cgroupFlush = has("cgroup_rstat_flush", headroomFunctionKind)
        cgroupIterator = has("bpf_iter__cgroup", headroomStructKind)
        percpuLookup =
            libbpf_probe_bpf_helper(
                BPF_PROG_TYPE_KPROBE, BPF_FUNC_map_lookup_percpu_elem, nil) == 1
        allAtomics = Self.takesAtomicOr()
        namesVictim = unsafe Self.firstArgumentIsPointer(btf, "btf_trace_mark_victim")
        cgroupPressure = unsafe Self.isPointer(btf, member: "psi", of: "cgroup")
        runQueueClock = has("cfs_rq", headroomStructKind) && has("sched_info", headroomStructKind)
    }

    /// Whether the first argument after the context of a tracepoint's typedef is a pointer.
    private static func firstArgumentIsPointer(_ btf: OpaquePointer, _ name: String) -> Bool {
        let id = unsafe btf__find_by_name_kind(btf, name, headroomTypedefKind)
        guard id > 0, let definition = unsafe btf__type_by_id(btf, UInt32(id)),
            let pointer = unsafe btf__type_by_id(btf, definition.pointee.type),
            let function = unsafe btf__type_by_id(btf, pointer.pointee.type),
            unsafe UInt32(btf_kind(function)) == headroomPrototypeKind,
            unsafe btf_vlen(function) > 1, let parameters = unsafe btf_params(function)
        else { return false }
        return unsafe isPointer(btf, parameters[1].type)
    }

    private static func isPointer(
        _ btf: OpaquePointer, member: String, of structure: String
    ) -> Bool {
        let id = unsafe btf__find_by_name_kind(btf, structure, headroomStructKind)
        guard id > 0, let type = unsafe btf__type_by_id(btf, UInt32(id)),
            let members = unsafe btf_members(type)
        else { return false }
        for index in 0..<Int(unsafe btf_vlen(type)) {
            guard let name = unsafe btf__name_by_offset(btf, members[index].name_off),
                unsafe String(cString: name) == member
            else { continue }
            return unsafe isPointer(btf, members[index].type)
        }
        return false
    }

    private static func isPointer(_ btf: OpaquePointer, _ id: UInt32) -> Bool {
        guard let type = unsafe btf__type_by_id(btf, id) else { return false }
        return unsafe UInt32(btf_kind(type)) == headroomPointerKind
    }

    /// Found by trying: nothing in BTF tells it.
    private static func takesAtomicOr() -> Bool {
        var program = [
            bpf_insn.make(0xb7, destination: 1, immediate: 1),  // r1 = 1
            bpf_insn.make(0x7b, destination: 10, source: 1, offset: -8),  // *(u64 *)(r10 - 8) = r1
            bpf_insn.make(
                bpf_insn.atomic, destination: 10, source: 1, offset: -8,
                immediate: bpf_insn.or),
            bpf_insn.make(0xb7, destination: 0),  // r0 = 0
            bpf_insn.make(0x95),  // exit
        ]
        let descriptor = unsafe bpf_prog_load(
            BPF_PROG_TYPE_SOCKET_FILTER, "hr_try_or", "GPL", &program, program.count, nil)
        if descriptor >= 0 { close(descriptor) }
        return descriptor >= 0
    }
}

extension bpf_insn {
    /// `lock *(u64 *)(destination + offset) op= source`, the operation in `imm`.
    static let atomic: UInt8 = 0xdb
    static let atomicWord: UInt8 = 0xc3
    static let add: Int32 = 0x00
    static let or: Int32 = 0x40
    /// Added to an operation: the old value is wanted.
    static let fetch: Int32 = 0x01

    static func make(
        _ code: UInt8, destination: UInt8 = 0, source: UInt8 = 0, offset: Int16 = 0,
        immediate: Int32 = 0
    ) -> bpf_insn {
        var instruction = bpf_insn()
        instruction.code = code
        instruction.dst_reg = destination
        instruction.src_reg = source
        instruction.off = offset
        instruction.imm = immediate
        return instruction
    }
}

internal import CLibBPF
internal import Glibc
internal import Probes

/// The benchmark's own programs (bpf/bench.bpf.c), loaded; attach what a round needs.
@safe
final class BenchObject {
    private let raw: OpaquePointer

    init() throws {
        let image = ProbeImage(embeddedObjectBase64)
        var options = unsafe bpf_object_open_opts()
        unsafe options.sz = MemoryLayout<bpf_object_open_opts>.size
        let opened: OpaquePointer? = unsafe "bench".withCString { name in
            unsafe options.object_name = name
            return unsafe bpf_object__open_mem(image.bytes.baseAddress, image.count, &options)
        }
        guard let opened = unsafe opened else { throw BenchError.last("open", "bench.bpf.o") }
        unsafe raw = opened
        unsafe Self.leaveOutWhatTheKernelLacks(opened)
        guard unsafe bpf_object__load(raw) == 0 else {
            throw BenchError.last("load", "bench.bpf.o")
        }
    }

    deinit { unsafe bpf_object__close(raw) }

    /// Attaches to the hook that the program's section names.
    func attach(_ program: String) throws -> Attachment {
        guard let link = unsafe bpf_program__attach(try handle(program)) else {
            throw BenchError.last("attach", program)
        }
        return unsafe Attachment(link, program: try identity(program))
    }

    /// Attaches to a cgroup's packets.
    func attach(_ program: String, cgroup descriptor: CInt) throws -> Attachment {
        guard let link = unsafe bpf_program__attach_cgroup(try handle(program), descriptor) else {
            throw BenchError.last("attach", program)
        }
        return unsafe Attachment(link, program: try identity(program))
    }

    /// Empty programs at each hook that the agent counts at.
    static let emptyPrograms = [
        "empty_switch", "empty_io_start", "empty_rq_issue", "empty_rq_complete", "empty_ingress",
        "empty_egress",
    ]

    /// Attaches empty programs, those for packets to the root cgroup.
    func attachEmpty(_ programs: [String] = emptyPrograms) throws -> [Attachment] {
        let tree = try CgroupTree()
        let root = unsafe open(tree.mountPoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { throw BenchError.last("open", tree.mountPoint) }
        defer { close(root) }
        return try programs.map { program in
            let type = unsafe bpf_program__get_type(try handle(program))
            return type == BPF_PROG_TYPE_CGROUP_SKB
                ? try attach(program, cgroup: root) : try attach(program)
        }
    }

    /// Whether the kernel has the program's hook.
    func has(_ program: String) throws -> Bool {
        unsafe bpf_program__autoload(try handle(program))
    }

    /// Tracepoints that came after the oldest kernel we support.
    private static func leaveOutWhatTheKernelLacks(_ object: OpaquePointer) {
        var program = unsafe bpf_object__next_program(object, nil)
        while let current = unsafe program {
            let section = unsafe String(cString: bpf_program__section_name(current))
            if section.hasPrefix("tp_btf/"),
                unsafe libbpf_find_vmlinux_btf_id(
                    String(section.dropFirst("tp_btf/".count)),
                    BPF_TRACE_RAW_TP
                ) <= 0
            {
                unsafe bpf_program__set_autoload(current, false)
            }
            unsafe program = bpf_object__next_program(object, current)
        }
    }

    /// A walk over a cgroup's subtree, to run with `BenchObject.walk`.
    func cgroupWalk(_ program: String, root descriptor: CInt) throws -> Attachment {
        let handle = unsafe try handle(program)
        var info = bpf_iter_link_info()
        unsafe info.cgroup.order = BPF_CGROUP_ITER_DESCENDANTS_PRE
        unsafe info.cgroup.cgroup_fd = UInt32(descriptor)
        let link = unsafe withUnsafeMutablePointer(to: &info) { info -> OpaquePointer? in
            var options = unsafe bpf_iter_attach_opts()
            // Without the padding at its end: libbpf wants that zero, and Swift leaves it as it is.
            unsafe options.sz =
                MemoryLayout<bpf_iter_attach_opts>.offset(of: \.link_info_len)!
                + MemoryLayout<UInt32>.size
            unsafe options.link_info = info
            unsafe options.link_info_len = UInt32(MemoryLayout<bpf_iter_link_info>.size)
            return unsafe bpf_program__attach_iter(handle, &options)
        }
        guard let link = unsafe link else { throw BenchError.last("attach", program) }
        return unsafe Attachment(link, program: try identity(program))
    }

    private func identity(_ program: String) throws -> UInt32 {
        var info = bpf_prog_info()
        var length = UInt32(MemoryLayout<bpf_prog_info>.size)
        guard
            unsafe bpf_obj_get_info_by_fd(bpf_program__fd(try handle(program)), &info, &length)
                == 0
        else { throw BenchError.last("bpf_obj_get_info_by_fd", program) }
        return info.id
    }

    private func handle(_ program: String) throws -> OpaquePointer {
        guard let handle = unsafe bpf_object__find_program_by_name(raw, program) else {
            throw BenchError("bench.bpf.c has no program \(program)")
        }
        return unsafe handle
    }
}

/// One attached program; detached when the value goes.
@safe
final class Attachment {
    private let link: OpaquePointer
    /// The program's kernel id.
    let program: UInt32

    init(_ link: OpaquePointer, program: UInt32) {
        unsafe self.link = link
        self.program = program
    }

    deinit { _ = unsafe bpf_link__destroy(link) }

    /// Runs an iterator over everything.
    func walk() throws {
        let descriptor = unsafe bpf_iter_create(bpf_link__fd(link))
        guard descriptor >= 0 else { throw BenchError.last("bpf_iter_create", "\(program)") }
        defer { close(descriptor) }
        var byte: UInt8 = 0
        while true {
            let count = unsafe read(descriptor, &byte, 1)
            if count == 0 { return }
            if count < 0, errno != EAGAIN, errno != EINTR {
                throw BenchError.last("read", "iterator")
            }
        }
    }
}

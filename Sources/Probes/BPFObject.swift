internal import CLibBPF
internal import Glibc
internal import HeadroomABI

/// A BPF ELF opened by libbpf and, after `load()`, its maps and programs in the kernel.
///
/// Owns the `bpf_object`. Attachments and iterators are separate values that must go
/// first. libbpf does no locking, so keep a value on one thread.
@safe
struct BPFObject: ~Copyable {
    private let raw: OpaquePointer
    let name: String

    /// Parses the embedded image without touching the kernel.
    init(image: borrowing ProbeImage, name: String) throws(BPFError) {
        LibBPFLog.capture()
        var options = unsafe bpf_object_open_opts()
        unsafe options.sz = MemoryLayout<bpf_object_open_opts>.size
        let bytes = unsafe image.bytes.baseAddress
        let opened: OpaquePointer? = unsafe name.withCString { cName in
            unsafe options.object_name = cName
            return unsafe bpf_object__open_mem(bytes, image.count, &options)
        }
        guard let opened = unsafe opened else { throw .last("bpf_object__open_mem", name) }
        unsafe raw = opened
        self.name = name
    }

    deinit { unsafe bpf_object__close(raw) }

    /// Sets the constants the programs were compiled to branch on. Before `load()`.
    mutating func setConfiguration(_ configuration: hr_config) throws(BPFError) {
        var value = configuration
        let map = ".rodata.config"
        try BPFError.check(
            unsafe bpf_map__set_initial_value(
                try handle(map), &value, MemoryLayout<hr_config>.size),
            "bpf_map__set_initial_value", map)
    }

    /// Sets the number of entries (bytes for a ring) of a map. Before `load()`.
    mutating func setMaxEntries(_ entries: Int, of map: String) throws(BPFError) {
        try BPFError.check(
            unsafe bpf_map__set_max_entries(try handle(map), UInt32(entries)),
            "bpf_map__set_max_entries", map)
    }

    /// Leaves `program` out of the load. Before `load()`.
    mutating func exclude(_ program: String) throws(BPFError) {
        try BPFError.check(
            unsafe bpf_program__set_autoload(try self.program(program), false),
            "bpf_program__set_autoload", program)
    }

    /// Runs a `raw_tp` program now; on one CPU when given. False when that CPU is off.
    @discardableResult
    func run(_ program: String, onCPU cpu: Int? = nil) throws(BPFError) -> Bool {
        var options = unsafe bpf_test_run_opts()
        unsafe options.sz = MemoryLayout<bpf_test_run_opts>.size
        if let cpu {
            unsafe options.flags = UInt32(BPF_F_TEST_RUN_ON_CPU)
            unsafe options.cpu = UInt32(cpu)
        }
        let result = unsafe bpf_prog_test_run_opts(
            bpf_program__fd(try self.program(program)), &options)
        if result == -ENXIO || result == -EINVAL, cpu != nil { return false }
        try BPFError.check(result, "bpf_prog_test_run_opts", program)
        return true
    }

    /// Verifies every program and creates every map. Needs CAP_BPF and CAP_PERFMON.
    mutating func load() throws(BPFError) {
        try BPFError.check(unsafe bpf_object__load(raw), "bpf_object__load", name)
    }

    /// Makes the kernel refuse `program`: as a program of another type, it reads what is not there.
    func spoil(_ program: String) throws(BPFError) {
        try BPFError.check(
            unsafe bpf_program__set_type(try self.program(program), BPF_PROG_TYPE_SOCKET_FILTER),
            "bpf_program__set_type", program)
    }

    /// Names of the object's programs, in file order.
    var programNames: [String] {
        var names: [String] = []
        var program = unsafe bpf_object__next_program(raw, nil)
        while let current = unsafe program {
            names.append(unsafe String(cString: bpf_program__name(current)))
            unsafe program = bpf_object__next_program(raw, current)
        }
        return names
    }

    /// Attaches `program` to the hook its section names.
    func attach(_ program: String) throws(BPFError) -> BPFLink {
        guard let link = unsafe bpf_program__attach(try self.program(program)) else {
            throw .last("bpf_program__attach", program)
        }
        return unsafe BPFLink(raw: link)
    }

    /// Attaches `program` to the cgroup whose directory `descriptor` is open on.
    func attach(_ program: String, cgroup descriptor: CInt) throws(BPFError) -> BPFLink {
        guard let link = unsafe bpf_program__attach_cgroup(try self.program(program), descriptor)
        else { throw .last("bpf_program__attach_cgroup", program) }
        return unsafe BPFLink(raw: link)
    }

    /// An iterator that runs `program` over every task.
    func taskIterator(_ program: String) throws(BPFError) -> BPFIterator {
        guard let link = unsafe bpf_program__attach_iter(try self.program(program), nil) else {
            throw .last("bpf_program__attach_iter", program)
        }
        return BPFIterator(link: unsafe BPFLink(raw: link), program: program)
    }

    /// An iterator that runs `program` over a cgroup's subtree, parents first.
    func cgroupIterator(_ program: String, root descriptor: CInt) throws(BPFError) -> BPFIterator {
        let handle = unsafe try self.program(program)
        var info = bpf_iter_link_info()
        unsafe info.cgroup.order = BPF_CGROUP_ITER_DESCENDANTS_PRE
        unsafe info.cgroup.cgroup_fd = UInt32(descriptor)
        let link = unsafe withUnsafeMutablePointer(to: &info) { info -> OpaquePointer? in
            var options = unsafe bpf_iter_attach_opts()
            // Not the struct's size: libbpf wants the padding behind the last field zero, and
            // Swift does not write it.
            unsafe options.sz =
                MemoryLayout<bpf_iter_attach_opts>.offset(of: \.link_info_len)!
                + MemoryLayout<UInt32>.size
            unsafe options.link_info = info
            unsafe options.link_info_len = UInt32(MemoryLayout<bpf_iter_link_info>.size)
            return unsafe bpf_program__attach_iter(handle, &options)
        }
        guard let link = unsafe link else { throw .last("bpf_program__attach_iter", program) }
        return BPFIterator(link: unsafe BPFLink(raw: link), program: program)
    }

    /// The descriptor of a loaded map; owned by the object.
    func mapDescriptor(_ name: String) throws(BPFError) -> CInt {
        unsafe bpf_map__fd(try handle(name))
    }

    /// Kernel ids of the loaded maps, by name, `.rodata` and the like included.
    func mapIDs() -> [(name: String, id: UInt32)] {
        var result: [(name: String, id: UInt32)] = []
        var map = unsafe bpf_object__next_map(raw, nil)
        while let current = unsafe map {
            let descriptor = unsafe bpf_map__fd(current)
            if descriptor >= 0, let info = try? MapInfo(descriptor: descriptor) {
                result.append((unsafe String(cString: bpf_map__name(current)), info.id))
            }
            unsafe map = bpf_object__next_map(raw, current)
        }
        return result
    }

    /// Kernel ids of the loaded programs, by name.
    func programIDs() -> [(name: String, id: UInt32)] {
        programDescriptors().compactMap { name, descriptor in
            (try? ProgramInfo(descriptor: descriptor)).map { (name, $0.id) }
        }
    }

    /// The descriptors of the loaded programs, by name; owned by the object.
    func programDescriptors() -> [(name: String, descriptor: CInt)] {
        programNames.compactMap { name in
            guard let program = unsafe try? self.program(name) else { return nil }
            let descriptor = unsafe bpf_program__fd(program)
            return descriptor >= 0 ? (name, descriptor) : nil
        }
    }

    /// The descriptor of a loaded program; owned by the object.
    func programDescriptor(_ name: String) throws(BPFError) -> CInt {
        unsafe bpf_program__fd(try program(name))
    }

    private func program(_ name: String) throws(BPFError) -> OpaquePointer {
        guard let program = unsafe bpf_object__find_program_by_name(raw, name) else {
            throw .last("bpf_object__find_program_by_name", name)
        }
        return unsafe program
    }

    private func handle(_ map: String) throws(BPFError) -> OpaquePointer {
        guard let handle = unsafe bpf_object__find_map_by_name(raw, map) else {
            throw .last("bpf_object__find_map_by_name", map)
        }
        return unsafe handle
    }
}

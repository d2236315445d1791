internal import CLibBPF

/// The types that a map's keys and values were loaded with.
package struct MapLayout: Sendable, Hashable {
    package let key: TypeLayout
    package let value: TypeLayout

    package init(key: TypeLayout, value: TypeLayout) {
        self.key = key
        self.value = value
    }

    /// Reads them from the kernel. A map without BTF, or whose types are not of its sizes, is opaque.
    init(_ info: MapInfo) throws(BPFError) {
        guard info.btfID != 0 else {
            self.init(key: .opaque(bytes: info.keyBytes), value: .opaque(bytes: info.valueBytes))
            return
        }
        LibBPFLog.capture()
        guard let btf = unsafe btf__load_from_kernel_by_id(info.btfID) else {
            throw .last("btf__load_from_kernel_by_id", "\(info.btfID) (of map \(info.name))")
        }
        defer { unsafe btf__free(btf) }
        func fitting(_ id: UInt32, _ bytes: Int) -> TypeLayout {
            // A section of variables has no key type; its key is the number of its one element.
            if id == 0 { return bytes == 4 ? .integer(bytes: 4, isSigned: false) : .opaque(bytes: bytes) }
            let layout = unsafe TypeLayout(id, of: btf)
            return layout.byteCount == bytes ? layout : .opaque(bytes: bytes)
        }
        self.init(
            key: fitting(info.keyTypeID, info.keyBytes),
            value: fitting(info.valueTypeID, info.valueBytes))
    }
}

extension TypeLayout {
    /// Compiles type `id`. O(fields); types within types to a depth of 8.
    init(_ id: UInt32, of btf: OpaquePointer, depth: Int = 0) {
        let resolved = unsafe btf__resolve_type(btf, id)
        let size = max(0, unsafe Int(btf__resolve_size(btf, id)))
        guard depth < 8, resolved > 0, let type = unsafe btf__type_by_id(btf, UInt32(resolved)) else {
            self = .opaque(bytes: size)
            return
        }
        switch unsafe UInt32(btf_kind(type)) {
        case headroomIntegerKind:
            self = .integer(
                bytes: size, isSigned: unsafe UInt32(btf_int_encoding(type)) & UInt32(BTF_INT_SIGNED) != 0)
        case headroomEnumKind, headroomEnum64Kind, headroomPointerKind:
            self = .integer(bytes: size, isSigned: false)
        case headroomStructKind, headroomUnionKind:
            self = .structure(bytes: size, fields: unsafe Self.members(type, of: btf, depth))
        case headroomSectionKind:
            self = .structure(bytes: size, fields: unsafe Self.variables(type, of: btf, depth))
        case headroomArrayKind:
            self = unsafe Self.array(type, size, of: btf, depth)
        default:
            self = .opaque(bytes: size)
        }
        if case .integer(let bytes, _) = self, !(1...8).contains(bytes) { self = .opaque(bytes: size) }
    }

    private static func members(
        _ type: UnsafePointer<btf_type>, of btf: OpaquePointer, _ depth: Int
    ) -> [Field] {
        guard let members = unsafe btf_members(type) else { return [] }
        return (0..<Int(unsafe btf_vlen(type))).map { index in
            let member = unsafe members[index]
            let bits = unsafe Int(btf_member_bitfield_size(type, UInt32(index)))
            return Field(
                unsafe name(member.name_off, of: btf),
                bitOffset: unsafe Int(btf_member_bit_offset(type, UInt32(index))),
                bitCount: bits == 0 ? nil : bits,
                unsafe TypeLayout(member.type, of: btf, depth: depth + 1))
        }
    }

    /// `.bss` and `.rodata`: each entry names a variable, which names its type.
    private static func variables(
        _ type: UnsafePointer<btf_type>, of btf: OpaquePointer, _ depth: Int
    ) -> [Field] {
        guard let entries = unsafe btf_var_secinfos(type) else { return [] }
        return (0..<Int(unsafe btf_vlen(type))).compactMap { index in
            let entry = unsafe entries[index]
            guard let variable = unsafe btf__type_by_id(btf, entry.type) else { return nil }
            return Field(
                unsafe name(variable.pointee.name_off, of: btf), bitOffset: Int(entry.offset) * 8,
                unsafe TypeLayout(variable.pointee.type, of: btf, depth: depth + 1))
        }
    }

    /// `char` is text; other small numbers, `__u8` among them, are numbers.
    private static func array(
        _ type: UnsafePointer<btf_type>, _ size: Int, of btf: OpaquePointer, _ depth: Int
    ) -> TypeLayout {
        guard let array = unsafe btf_array(type) else { return .opaque(bytes: size) }
        let count = Int(unsafe array.pointee.nelems)
        let element = unsafe TypeLayout(array.pointee.type, of: btf, depth: depth + 1)
        guard count * element.byteCount == size else { return .opaque(bytes: size) }
        if case .integer(bytes: 1, _) = element {
            let resolved = unsafe btf__resolve_type(btf, array.pointee.type)
            if resolved > 0, let kind = unsafe btf__type_by_id(btf, UInt32(resolved)),
                unsafe name(kind.pointee.name_off, of: btf) == "char"
            {
                return .text(bytes: size)
            }
        }
        return .array(count: count, of: element)
    }

    private static func name(_ offset: UInt32, of btf: OpaquePointer) -> String {
        unsafe btf__name_by_offset(btf, offset).map { unsafe String(cString: $0) } ?? ""
    }
}

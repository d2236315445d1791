internal import CLibBPF
internal import Glibc

/// Decodes bytes by the BTF that a map was loaded with.
@safe
struct TypeDecoder: ~Copyable {
    private let btf: OpaquePointer

    init(btfID: UInt32) throws(BPFError) {
        LibBPFLog.capture()
        guard let btf = unsafe btf__load_from_kernel_by_id(btfID) else {
            throw .last("btf__load_from_kernel_by_id", "\(btfID)")
        }
        unsafe self.btf = btf
    }

    deinit { unsafe btf__free(btf) }

    /// Bounded by the bytes there are: a type larger than they is opaque.
    func decode(_ bytes: ArraySlice<UInt8>, type id: UInt32, depth: Int = 0) -> DecodedValue {
        let resolved = unsafe btf__resolve_type(btf, id)
        let size = unsafe Int(btf__resolve_size(btf, id))
        guard depth < 8, resolved > 0, size >= 0, size <= bytes.count,
            let type = unsafe btf__type_by_id(btf, UInt32(resolved))
        else { return .opaque(bytes.count) }
        let bytes = bytes.prefix(size)
        switch unsafe UInt32(btf_kind(type)) {
        case headroomIntegerKind, headroomEnumKind: return .number(Self.number(bytes))
        case headroomStructKind: return unsafe structure(bytes, type, depth)
        case headroomArrayKind: return unsafe array(bytes, type, depth)
        default: return .opaque(size)
        }
    }

    private func structure(
        _ bytes: ArraySlice<UInt8>, _ type: UnsafePointer<btf_type>, _ depth: Int
    ) -> DecodedValue {
        var fields: [(name: String, value: DecodedValue)] = []
        guard let members = unsafe btf_members(type) else { return .opaque(bytes.count) }
        for index in 0..<Int(unsafe btf_vlen(type)) {
            let member = unsafe members[index]
            let offset = unsafe Int(btf_member_bit_offset(type, UInt32(index)) / 8)
            guard offset <= bytes.count, let name = unsafe btf__name_by_offset(btf, member.name_off)
            else { continue }
            let text = unsafe String(cString: name)
            if text == "pad" { continue }
            fields.append((text, decode(bytes.dropFirst(offset), type: member.type, depth: depth + 1)))
        }
        return .structure(fields)
    }

    private func array(
        _ bytes: ArraySlice<UInt8>, _ type: UnsafePointer<btf_type>, _ depth: Int
    ) -> DecodedValue {
        guard let array = unsafe btf_array(type) else { return .opaque(bytes.count) }
        let count = Int(unsafe array.pointee.nelems)
        let element = unsafe array.pointee.type
        guard count > 0 else { return .list([]) }
        let size = bytes.count / count
        if size == 1 { return .text(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)) }
        return .list(
            (0..<count).map {
                decode(bytes.dropFirst($0 * size), type: element, depth: depth + 1)
            })
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

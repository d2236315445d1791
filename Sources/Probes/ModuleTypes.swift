internal import Glibc

/// Stands in for libbpf's `bpf_btf_get_next_id` (`--wrap` in Package.swift): there are no modules' types.
///
/// Whatever a program names that this kernel has not, be it weak, libbpf looks for in the types of every
/// module. Nothing of ours is in a module; and to go through them takes CAP_SYS_ADMIN, without which
/// libbpf before 1.5 loads nothing. Linked dynamically libbpf calls its own, and needs that right.
@unsafe @_cdecl("__wrap_bpf_btf_get_next_id")
func headroomNoModuleTypes(_ start: UInt32, _ next: UnsafeMutablePointer<UInt32>?) -> CInt {
    errno = ENOENT
    return -ENOENT
}

package import HeadroomABI

/// A copy of the shared table's header, out of line.
///
/// It is tens of KiB, and a value of that size is moved member by member: each type that held one
/// cost 700 KiB of code and minutes to compile. Small members read as of the struct itself
/// (`header.ticks`); arrays are looked at where they lie, with `elements` and `withElements`.
/// Immutable once it is filled; any thread.
@safe @dynamicMemberLookup
package final class TableHeader: @unchecked Sendable {
    private let storage: UnsafeMutablePointer<hr_table_header>

    /// Holds nothing that may be read until the reader has filled it.
    init() { unsafe storage = .allocate(capacity: 1) }

    deinit { unsafe storage.deallocate() }

    package subscript<Field>(dynamicMember field: KeyPath<hr_table_header, Field>) -> Field {
        unsafe storage.pointee[keyPath: field]
    }

    /// Where the reader copies to.
    func withMemory<Result>(_ body: (UnsafeMutableRawPointer) -> Result) -> Result {
        unsafe body(UnsafeMutableRawPointer(storage))
    }

    /// The elements of an array, where they lie; valid within `body`.
    package func withElements<Array, Element, Result>(
        of array: KeyPath<hr_table_header, Array>, as: Element.Type,
        _ body: (UnsafeBufferPointer<Element>) -> Result
    ) -> Result {
        let start = unsafe UnsafeRawPointer(storage) + MemoryLayout<hr_table_header>.offset(of: array)!
        let count = MemoryLayout<Array>.size / MemoryLayout<Element>.stride
        return unsafe body(
            UnsafeBufferPointer(start: start.assumingMemoryBound(to: Element.self), count: count))
    }

    /// The first `count` elements of an array of numbers.
    package func elements<Array, Element>(
        of array: KeyPath<hr_table_header, Array>, as type: Element.Type, first count: Int = .max
    ) -> [Element] {
        unsafe withElements(of: array, as: type) { unsafe [Element]($0.prefix(max(0, count))) }
    }
}

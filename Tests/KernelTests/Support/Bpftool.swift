import Foundation
import Glibc

/// Debian's bpftool: the other account of what the kernel holds.
enum Bpftool {
    private static let places = ["/usr/sbin/bpftool", "/usr/local/sbin/bpftool", "/usr/bin/bpftool"]
    static let path = places.first { unsafe access($0, X_OK) == 0 }

    static var isThere: Bool {
        if path == nil { print("SKIPPED a kernel test: no bpftool (apt-get install bpftool)") }
        return path != nil
    }

    /// What it prints as JSON.
    static func json(_ arguments: [String], _ scratch: Scratch) throws -> Any {
        guard let path else { throw TestFailure("no bpftool") }
        let tool = try ChildProcess(
            [path, "-j"] + arguments, output: scratch.path("bpftool"), error: scratch.path("bpftool-errors"))
        guard tool.exitCode == 0 else {
            throw TestFailure("bpftool \(arguments): \(try scratch.text("bpftool-errors"))")
        }
        return try JSONSerialization.jsonObject(
            with: Data(try scratch.text("bpftool").utf8), options: .fragmentsAllowed)
    }

    /// Objects of `map show`, `prog show` or `link show`, by id.
    static func objects(_ kind: String, _ scratch: Scratch) throws -> [Int: [String: Any]] {
        let list = try json([kind, "show"], scratch) as? [[String: Any]] ?? []
        return Dictionary(
            uniqueKeysWithValues: list.compactMap { entry in
                (entry["id"] as? Int).map { ($0, entry) }
            })
    }

    /// A map's entries as its BTF types say them.
    static func entries(_ id: UInt32, _ scratch: Scratch) throws -> [[String: Any]] {
        let list = try json(["map", "dump", "id", "\(id)"], scratch) as? [[String: Any]] ?? []
        return list.map { $0["formatted"] as? [String: Any] ?? $0 }
    }
}

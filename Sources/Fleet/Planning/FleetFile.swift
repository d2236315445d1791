internal import FoundationEssentials
internal import YAML

/// Pools of applications from a file:
///
///     pools:
///       web: ["shop/*/*", "*/Deployment/web-*"]
///       rest: []            # all that are in no pool before
package enum FleetFile {
    /// Why the file is not taken.
    package struct Refusal: Error, CustomStringConvertible {
        package let description: String
    }

    package static func pools(path: String) throws(Refusal) -> [FleetPool] {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw Refusal(description: "\(path): it cannot be read")
        }
        return try pools(Array(data), path: path)
    }

    static func pools(_ bytes: [UInt8], path: String) throws(Refusal) -> [FleetPool] {
        let root: YAMLNode?
        do throws(YAMLRefusal) {
            root = try YAMLReader.read(bytes)
        } catch {
            throw Refusal(description: "\(place(path, error.mark)): \(error.key.isEmpty ? "" : error.key + ": ")\(error.reason)")
        }
        guard let root, case .mapping(let entries) = root.content, entries.count == 1, entries[0].key == "pools",
            case .mapping(let pools) = entries[0].value.content, !pools.isEmpty
        else {
            throw Refusal(description: "\(place(path, root?.mark)): expected `pools:` and names of pools below it, nothing else")
        }
        return try pools.map { entry throws(Refusal) in
            guard case .sequence(let items) = entry.value.content else {
                throw Refusal(
                    description:
                        "\(place(path, entry.mark)): pools.\(entry.key): expected a list of applications, such as [\"shop/*/*\"]; [] is all others"
                )
            }
            return FleetPool(
                name: entry.key,
                patterns: try items.map { item throws(Refusal) in
                    guard case .scalar(let text, _) = item.content, let pattern = ApplicationPattern(text) else {
                        throw Refusal(
                            description:
                                "\(place(path, item.mark)): pools.\(entry.key): expected an application such as shop/Deployment/web, with at most one * in each part"
                        )
                    }
                    return pattern
                })
        }
    }

    private static func place(_ path: String, _ mark: YAMLMark?) -> String {
        mark.map { "\(path):\($0.line):\($0.column)" } ?? path
    }
}

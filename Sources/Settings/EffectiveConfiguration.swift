internal import Agent
internal import Glibc
internal import YAML

/// The configuration in effect: defaults, over them the file, over it the environment, over all
/// of them the command line; and who set what.
package struct EffectiveConfiguration: Sendable {
    package private(set) var settings = AgentSettings()
    /// The file that was read; nil: there is none.
    package private(set) var file: String?
    /// What works but is worth knowing.
    package private(set) var warnings: [String] = []
    private var origins: [String: Origin] = [:]
    private var problems: [String] = []

    /// Read when no other file is named, and it exists.
    package static let standardPath = "/etc/headroom/headroom.yaml"
    /// Reading stops after so many: more would only scroll the first ones away.
    private static let problemLimit = 20

    /// - Parameters:
    ///   - path: the file; nil: `standardPath`, when it exists.
    ///   - flags: what goes over it.
    ///   - standardPath: of the file that is read when no other is named.
    ///   - runtimeDirectory: what the environment says it is.
    ///   - stateDirectory: likewise.
    package init(
        file path: String? = nil,
        flags: [FlagValue] = [],
        standardPath: String = EffectiveConfiguration.standardPath,
        runtimeDirectory: String? = RuntimeDirectory.inEnvironment,
        stateDirectory: String? = StateDirectory.inEnvironment
    ) throws(ConfigurationError) {
        if let file = try ConfigurationFile.read(path ?? standardPath, isOptional: path == nil) {
            apply(file)
        }
        for (key, variable, value) in [
            ("runtime.directory", RuntimeDirectory.environmentVariable, runtimeDirectory),
            ("state.directory", StateDirectory.environmentVariable, stateDirectory),
        ] {
            if let value { set(key, YAMLNode(argument: value), .environment(variable)) }
        }
        for flag in flags { apply(flag) }
        // Values at odds are told once each of them is good on its own.
        if problems.isEmpty { compare() }
        guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
    }

    /// The command line alone: what is wrong with it, it is wrong with any file.
    package static func check(_ flags: [FlagValue]) throws(ConfigurationError) {
        _ = try EffectiveConfiguration(flags: flags, standardPath: "", runtimeDirectory: nil, stateDirectory: nil)
    }

    package func origin(of setting: Setting) -> Origin { origin(setting.key) }

    private func origin(_ key: String) -> Origin { origins[key] ?? .standard }

    // MARK: Layers

    private mutating func apply(_ file: ConfigurationFile) {
        self.file = file.path
        if file.isWritableByOthers {
            warnings.append(
                "\(file.path): others than root may write it; chown root:root and chmod go-w keep it yours"
            )
        }
        do throws(YAMLRefusal) {
            guard let root = try YAMLReader.read(file.bytes) else {
                return complain("\(file.path): nothing in it; expected sections such as plan:")
            }
            guard case .mapping(let entries) = root.content else {
                let mark = root.mark ?? YAMLMark(line: 1, column: 1)
                return complain(
                    "\(Origin.file(path: file.path, mark: mark).place): not sections; expected such as plan:"
                )
            }
            apply(entries, in: "", file.path)
        } catch {
            let place = error.mark.map { Origin.file(path: file.path, mark: $0).place } ?? file.path
            let key = error.key.isEmpty ? "" : "\(Printable.key(error.key)): "
            complain("\(place): \(key)\(error.reason)")
        }
    }

    private mutating func apply(_ entries: [YAMLEntry], in section: String, _ path: String) {
        for entry in entries where problems.count < Self.problemLimit {
            let key = section.isEmpty ? entry.key : "\(section).\(entry.key)"
            let place = Origin.file(path: path, mark: entry.mark).place
            if entry.key.contains(".") || !Setting.isKnown(key) {
                complain(
                    "\(place): \(Printable.key(key)): no such key; \(Setting.advice(key, in: section))"
                )
            } else if Setting.named[key] != nil {
                set(key, entry.value, .file(path: path, mark: entry.value.mark ?? entry.mark))
            } else if case .mapping(let inner) = entry.value.content {
                apply(inner, in: key, path)
            } else {
                let keys = Setting.children(of: key).joined(separator: ", ")
                complain("\(place): \(key): not a section; expected keys under it: \(keys)")
            }
        }
    }

    private mutating func apply(_ flag: FlagValue) {
        for key in flag.resets where origin(key) != .standard {
            set(key, YAMLNode(argument: Setting.standardText(key)), .flag(flag.name))
        }
        for key in flag.keys {
            set(key, YAMLNode(argument: flag.text), .flag(flag.name))
        }
    }

    private mutating func set(_ key: String, _ node: YAMLNode, _ origin: Origin) {
        guard let setting = Setting.named[key] else {
            preconditionFailure("\(origin.text) sets \(key), which is no key")
        }
        do throws(Refusal) {
            try setting.read(node, &settings)
            origins[key] = origin
        } catch {
            var place = origin
            if let mark = error.mark, case .file(let path, _) = origin {
                place = .file(path: path, mark: mark)
            }
            let subject = if case .file = origin { "\(place.place): \(key)" } else { origin.text }
            let hint = error.suggestion.map { "; did you mean \($0)?" } ?? ""
            complain("\(subject): \(error.reason); expected \(error.expected ?? setting.expected)\(hint)")
        }
    }

    private mutating func complain(_ problem: String) { problems.append(problem) }

    // MARK: Values together

    private mutating func compare() {
        for conflict in settings.conflicts {
            complain("\(place(of: conflict.keys)): \(conflict.keys[0]): \(conflict.reason)")
        }
        for doubt in settings.doubts {
            warnings.append("\(place(of: doubt.keys)): \(doubt.keys[0]): \(doubt.reason)")
        }
    }

    /// Of the values at odds, the one that was set last.
    private func place(of keys: [String]) -> String {
        let set = keys.map(origin)
        let flag = set.first { if case .flag = $0 { true } else { false } }
        return (flag ?? set.first { $0 != .standard } ?? .standard).place
    }
}

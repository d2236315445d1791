import Agent
import Planner

@testable import Settings

extension FuzzTarget {
    /// Configuration files. A refusal says where; what is taken can be planned with, and its listing, which is a file
    /// again, means the same.
    static let configuration = FuzzTarget(name: "configuration", largest: 4096) { bytes in
        guard let first = try load(bytes) else { return }
        for plan in first.settings.options.engine.plans {
            try demand(plan.configuration.holdsWholeChunks, "a plan with parts of chunks")
        }
        guard let second = try load(Array(first.listing.utf8)) else {
            throw Finding(description: "the listing is refused:\n\(first.listing)")
        }
        for setting in Setting.all {
            let (was, read) = (setting.show(first.settings).yaml, setting.show(second.settings).yaml)
            try demand(was == read, "\(setting.key) is \(was), and \(read) once it was listed and read")
        }
    }

    /// Nil when it is refused.
    private static func load(_ bytes: [UInt8]) throws -> EffectiveConfiguration? {
        try ScratchFile.with(bytes, named: "headroom.yaml") { _, path in
            do throws(ConfigurationError) {
                return try EffectiveConfiguration(file: path, runtimeDirectory: nil, stateDirectory: nil)
            } catch {
                try demand(!error.problems.isEmpty, "refused for no reason")
                for problem in error.problems {
                    try demand(problem.hasPrefix("\(path):"), "no place: \(problem)")
                    try demandHarmless(problem, "a problem")
                }
                return nil
            }
        }
    }
}

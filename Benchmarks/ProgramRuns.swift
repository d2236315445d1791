internal import Probes

/// What the kernel counted of some programs' runs while it was asked to.
struct ProgramRuns {
    var nanoseconds: Double = 0
    var runs: Double = 0

    var nanosecondsPerRun: Double { runs > 0 ? nanoseconds / runs : 0 }

    /// Runs `load` and returns, by program, what it cost. Kernel counting must be on.
    static func during(_ programs: [UInt32], _ load: () throws -> Void) throws -> [ProgramRuns] {
        let before = try programs.map { try ProgramInfo(id: $0) }
        try load()
        return try zip(programs, before).map { id, before in
            let after = try ProgramInfo(id: id)
            return ProgramRuns(
                nanoseconds: Double(after.runNanoseconds - before.runNanoseconds),
                runs: Double(after.runCount - before.runCount)
            )
        }
    }
}

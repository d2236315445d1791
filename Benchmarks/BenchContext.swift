/// What every benchmark gets.
struct BenchContext {
    let quick: Bool
    let report: Report
    let forest: CgroupForest
    /// The release build of the command, for the whole agent.
    let command: String

    /// Another program of the same build.
    func beside(_ name: String) -> String {
        command[..<(command.lastIndex(of: "/") ?? command.startIndex)] + "/" + name
    }

    func rounds(_ full: Int, quick few: Int) -> Int { quick ? few : full }
    func seconds(_ full: Double, quick few: Double) -> Double { quick ? few : full }
}

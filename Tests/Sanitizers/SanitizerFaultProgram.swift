import Confinement
import Glibc
import TestSupport

/// A process that makes an error that a sanitizer has to report, for SanitizerTests:
///
///     sanitizer-fault thread|address [confined]
///
/// `confined`: with the system calls and files that an agent has, which has to report it too.
@main enum SanitizerFaultProgram {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let fault = arguments.first.flatMap(SanitizerFault.init(rawValue:)) else { exit(2) }
        if arguments.last == "confined" {
            var rules = FileRules()
            rules.readable = ["/proc"]
            if FileRules.version > 0 { try rules.enforce() }
            try Confinement.filterCalls(isFatal: true)
        }
        fault.commit()
    }
}

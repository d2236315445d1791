/// Who has the provider program as a child: this process or the helper. One thread.
protocol ProgramHost: AnyObject {
    /// Starts it. The descriptors stay the caller's.
    func start(input: CInt, output: CInt) throws(AgentError)
    /// To it and what it has started, once it is started.
    func signal(_ number: CInt)
    /// How it ended, as waitpid(2) tells, once; nil while it runs.
    func status() -> CInt?
}

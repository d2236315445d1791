internal import Glibc

/// Starts this program anew, with other words.
enum OwnCommand {
    /// - Parameter descriptors: ours, and what they are to the child, which is not one of ours.
    /// - Returns: 0, or the reason as an errno.
    static func spawn(
        _ pid: inout pid_t, _ arguments: [String], _ descriptors: [(from: CInt, to: CInt)]
    ) -> CInt {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (from, to) in descriptors { unsafe posix_spawn_file_actions_adddup2(&actions, from, to) }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        // A group of its own: a Ctrl-C on the terminal is for the agent, which ends it in order.
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { for unsafe word in unsafe words { unsafe free(word) } }
        return unsafe posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, &words, environ)
    }
}

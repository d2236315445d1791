/// Another tool that measures what one of our hooks does.
struct Peer {
    let name: String
    /// The program and its arguments; the first is looked up in `ChildProcess.path`.
    let arguments: [String]
    /// The Debian package that has it.
    let package: String

    /// - Parameter option: what sets it apart from the tool's plain form.
    static func bcc(_ tool: String, _ option: String = "", _ arguments: [String] = []) -> Peer {
        Peer(
            name: option.isEmpty ? tool : "\(tool) \(option)",
            arguments: [tool] + arguments,
            package: "libbpf-tools"
        )
    }

    static func bpftrace(_ name: String, _ script: String) -> Peer {
        Peer(
            name: "bpftrace \(name)",
            arguments: ["bpftrace", "-e", script],
            package: "bpftrace"
        )
    }
}

/// What our hooks count, as one would ask bpftrace for it.
enum BpftraceScript {
    /// bpftrace's own runqlat.bt, all cgroups in one histogram. The packaged file wants kernel
    /// headers for the name of the number 0.
    static let runqlat = """
        tracepoint:sched:sched_wakeup, tracepoint:sched:sched_wakeup_new {
          @qtime[args->pid] = nsecs;
        }
        tracepoint:sched:sched_switch {
          if (args->prev_state == 0) { @qtime[args->prev_pid] = nsecs; }
          $ns = @qtime[args->next_pid];
          if ($ns) { @usecs = hist((nsecs - $ns) / 1000); }
          delete(@qtime[args->next_pid]);
        }
        END { clear(@qtime); }
        """

    /// Run-queue delay. `cgroup` is that of the task that leaves the CPU, so a task's delay is
    /// kept while it runs and counted when it leaves; counted at the switch that ends the wait it
    /// would be another's.
    static let runQueueDelay = """
        tracepoint:sched:sched_wakeup, tracepoint:sched:sched_wakeup_new {
          @queued[args->pid] = nsecs;
        }
        tracepoint:sched:sched_switch {
          $now = nsecs;
          $waited = @queued[args->prev_pid];
          if ($waited) { @delay[cgroup] = hist($waited); }
          @queued[args->prev_pid] = (args->prev_state & 0xff) == 0 ? $now : 0;
          $since = @queued[args->next_pid];
          if ($since) { @queued[args->next_pid] = $now - $since; }
        }
        END { clear(@queued); }
        """

    /// Bytes and latency of disk requests, of the cgroup that issues them.
    static let disk = """
        tracepoint:block:block_rq_issue {
          @at[args->dev, args->sector] = nsecs;
          @owner[args->dev, args->sector] = cgroup;
          @bytes[cgroup] = sum(args->bytes);
        }
        tracepoint:block:block_rq_complete /@at[args->dev, args->sector]/ {
          @latency[@owner[args->dev, args->sector]] = hist(nsecs - @at[args->dev, args->sector]);
          delete(@at[args->dev, args->sector]);
          delete(@owner[args->dev, args->sector]);
        }
        END { clear(@at); clear(@owner); }
        """

    /// Payload bytes of sockets, at the system call: fewer events than packets, no headers.
    static let network = """
        tracepoint:sock:sock_send_length /args->ret > 0/ { @sent[cgroup] = sum(args->ret); }
        tracepoint:sock:sock_recv_length /args->ret > 0/ { @received[cgroup] = sum(args->ret); }
        """
}

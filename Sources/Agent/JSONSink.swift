package import Aggregates
package import Capacity
internal import HeadroomABI
package import Planner
package import Probes

/// The engine's results as JSON lines, written out once a tick.
package struct JSONSink: EngineSink, Sendable {
    package var line = JSONLine()
    private let descriptor: CInt
    /// `q0.95` and so on, made once for the quantiles of a run.
    private var quantileNames: [String] = []
    private var namedQuantiles: [Double] = []

    /// - Parameter descriptor: where `flush` writes; stays the caller's.
    package init(descriptor: CInt) { self.descriptor = descriptor }

    /// One line, without its end.
    package static func line(_ body: (inout JSONSink) -> Void) -> [UInt8] {
        var sink = JSONSink(descriptor: -1)
        body(&sink)
        return Array(sink.line.bytes.dropLast())
    }

    package mutating func window(
        _ cgroup: WindowSubject, _ window: Window, _ detail: WindowDetail?
    ) {
        self.window(cgroup, window) { line in
            if let detail { Self.detail(detail, window.flags, &line) }
        }
    }

    /// - Parameter finer: adds what else is known of it.
    package mutating func window(
        _ cgroup: WindowSubject, _ window: Window, finer: (inout JSONLine) -> Void
    ) {
        // What was not measured is null, not zero.
        let noDelay = window.flags & HR_WINDOW_NO_DELAY.rawValue != 0
        let noNetwork = window.flags & HR_WINDOW_NO_NETWORK.rawValue != 0
        let noDisk = window.flags & HR_WINDOW_NO_DISK.rawValue != 0
        line.line("window") { line in
            line.field("time_s", Self.seconds(window.end_ns))
            line.field("cgroup", cgroup.path)
            line.field("cgroup_id", cgroup.cgroupID)
            if let identity = cgroup.identity { Self.identity(identity, cgroup.workload, &line) }
            line.field("duration_s", Self.seconds(window.elapsedNanoseconds))
            line.field("coverage", window.coverage)
            line.field("final", window.is_final != 0)
            line.field("cpu_cores", window.value(.cpu))
            line.field("cpu_usage_ns", window.cpu_ns)
            line.field("run_queue_delay_ns", window.delay_ns, unless: noDelay)
            line.field("run_queue_waits", window.delay_count, unless: noDelay)
            line.field("memory_bytes", window.memory_bytes)
            line.field("memory_source", window.memorySource.rawValue)
            line.field("net_rx_bytes", window.net_rx_bytes, unless: noNetwork)
            line.field("net_rx_bytes_per_s", noNetwork ? .nan : window.value(.networkReceive))
            line.field("net_rx_packets", window.net_rx_packets, unless: noNetwork)
            line.field("net_tx_bytes", window.net_tx_bytes, unless: noNetwork)
            line.field("net_tx_bytes_per_s", noNetwork ? .nan : window.value(.networkTransmit))
            line.field("net_tx_packets", window.net_tx_packets, unless: noNetwork)
            line.field("disk_read_bytes", window.disk_read_bytes, unless: noDisk)
            line.field("disk_read_bytes_per_s", noDisk ? .nan : window.value(.diskRead))
            line.field("disk_read_ops", window.disk_read_ops, unless: noDisk)
            line.field("disk_read_latency_ns", noDisk ? .nan : window.diskReadLatencyNanoseconds)
            line.field("disk_write_bytes", window.disk_write_bytes, unless: noDisk)
            line.field("disk_write_bytes_per_s", noDisk ? .nan : window.value(.diskWrite))
            line.field("disk_write_ops", window.disk_write_ops, unless: noDisk)
            line.field("disk_write_latency_ns", noDisk ? .nan : window.diskWriteLatencyNanoseconds)
            finer(&line)
        }
    }

    private static func identity(
        _ identity: CgroupIdentity, _ workload: Workload?, _ line: inout JSONLine
    ) {
        line.object("identity") { line in
            line.field("kind", identity.kind.rawValue)
            if let runtime = identity.runtime { line.field("runtime", runtime.rawValue) }
            if let unit = identity.unit { line.field("unit", unit) }
            if let id = identity.containerID { line.field("container_id", id) }
            if let uid = identity.podUID { line.field("pod_uid", uid) }
            if let qos = identity.qos { line.field("qos", qos.rawValue) }
            if let name = identity.name { line.field("name", name) }
            guard let workload else { return }
            line.field("application", workload.application)
            line.field("namespace", workload.namespace)
            line.field("pod", workload.pod)
            if let container = workload.container { line.field("container", container) }
        }
    }

    package mutating func forecast(_ forecast: IssuedForecast) {
        if forecast.quantiles != namedQuantiles {
            namedQuantiles = forecast.quantiles
            quantileNames = forecast.quantiles.map { "q\($0)" }
        }
        let names = quantileNames
        line.line("forecast") { line in
            line.field("time_s", Self.seconds(forecast.timeNanoseconds))
            line.field("cgroup", forecast.path)
            line.field("cgroup_id", forecast.cgroupID)
            line.field("resource", forecast.resource.name)
            line.field("field", forecast.resource.fieldName)
            line.field("horizon_s", Double(forecast.horizonNanoseconds) / 1e9)
            line.object("peak") { line in
                for (name, value) in zip(names, forecast.values) {
                    line.field(named: name, value)
                }
            }
        }
    }

    package mutating func plan(_ decision: PlanDecision, _ pool: PoolReport) {
        line.line("plan") { line in
            line.field("time_s", Double(decision.timeNanoseconds) / 1e9)
            line.field("pool", pool.name)
            line.field("resource", decision.resource.name)
            line.field("field", decision.resource.fieldName)
            line.field("demand", decision.demand)
            line.field("forecast", decision.forecast ?? .nan)
            line.field("forecast_quantile", decision.forecastQuantile)
            line.field("fraction", decision.fraction)
            line.field("target", decision.target)
            line.field("buffer", decision.buffer)
            line.field("ready", decision.ready)
            line.field("pending", decision.pending)
            line.field("reserved", decision.account.reserved)
            line.field("in_use", decision.account.inUse)
            line.field("free", decision.account.free)
            line.field("expiring", decision.account.expiring)
            line.field("short", decision.account.short)
            line.field("change", decision.change)
            line.field("scheduled", decision.scheduled)
            if let requests = decision.requests {
                line.object("requests") { line in
                    line.field("rate", requests.rate)
                    line.field("expected", requests.expected ?? .nan)
                    line.field("cost", requests.cost ?? .nan)
                }
            }
            line.field("expected_saving", decision.saving ?? .nan)
            line.field("expected_saving_per_hour", decision.savingPerHour ?? .nan)
            line.field("allocatable", pool.allocatable ?? .nan)
            line.field("coverage_quantile", pool.quantile)
            line.field("coverage", pool.coverage ?? .nan)
            line.field("matured_forecasts", pool.maturedForecasts)
            line.array("applications") { line in
                for application in decision.topContributors {
                    line.elementObject { line in
                        line.field("cgroup", application.name)
                        line.field("in_use", application.inUse)
                        line.field("forecast", application.quantile)
                        line.field("buffer", decision.buffer(for: application))
                    }
                }
            }
            line.field("reasons", decision.reasons)
        }
    }

    package mutating func request(
        _ request: CapacityRequest, _ outcome: CapacityOutcome, provider: String
    ) {
        line.line("request") { line in
            line.fields(of: request, answer: (provider, OutcomeSummary(outcome)))
        }
    }

    package mutating func event(_ event: EngineEvent) {
        line.line("event") { line in
            switch event {
            case .cgroupCreated(let id, let path, let time):
                line.field("time_s", Self.seconds(time))
                line.field("event", "cgroup_created")
                line.field("cgroup", path)
                line.field("cgroup_id", id)
            case .cgroupRemoved(let id, let path, let time):
                line.field("time_s", Self.seconds(time))
                line.field("event", "cgroup_removed")
                line.field("cgroup", path)
                line.field("cgroup_id", id)
            case .alarm(let alarm, let time):
                line.field("time_s", Self.seconds(time))
                line.field("event", alarm.kind.rawValue)
                if let path = alarm.path { line.field("cgroup", path) }
                line.field("cgroup_id", alarm.cgroupID)
                switch alarm.kind {
                case .oomKill: line.field("pid", alarm.value)
                case .cpuStall: line.field("wait_ns", alarm.value)
                case .memoryStall, .ioStall: line.field("stall_ns", alarm.value)
                case .throttled: break
                }
            case .probesShed(let names, let time):
                line.field("time_s", Self.seconds(time))
                line.field("event", "probes_shed")
                line.field("shed", names)
            case .clockSetBack(let step, let time):
                line.field("time_s", Self.seconds(time))
                line.field("event", "clock_set_back")
                line.field("by_ns", step)
            }
        }
    }

    /// Births and removals of cgroups that have no lines of their own.
    package mutating func churn(leftOut count: UInt64, timeNanoseconds: UInt64) {
        line.line("event") { line in
            line.field("time_s", Self.seconds(timeNanoseconds))
            line.field("event", "cgroups_left_out")
            line.field("count", count)
        }
    }

    package mutating func loss(_ cause: LossCause, total: UInt64, timeNanoseconds: UInt64) {
        line.line("loss") { line in
            line.field("time_s", Self.seconds(timeNanoseconds))
            line.field("cause", cause.name)
            line.field("total", total)
            line.field("meaning", cause.meaning)
        }
    }

    fileprivate static func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e9 }
}

extension JSONSink: AgentOutput {
    package mutating func started(_ sources: [MetricSource], _ facts: HostFacts) {
        line.line("event") { line in
            line.field("event", "agent_started")
            line.field("allocatable_cpu_cores", facts.cores)
            line.field("allocatable_memory_bytes", facts.memoryBytes)
            line.array("sources") { line in
                for source in sources {
                    line.elementObject { line in
                        line.field("metric", source.metric)
                        line.field("source", source.source)
                        line.field("reason", source.reason)
                        line.field("blind_spot", source.blindSpot)
                    }
                }
            }
        }
    }

    package mutating func selfReport(_ report: SelfReport) {
        line.line("self") { line in
            line.field("time_s", Self.seconds(report.timeNanoseconds))
            line.field("ticks", report.ticks)
            line.field("cgroups", report.cgroups)
            line.field("cpu_ns", report.cpuNanoseconds)
            line.field("cpu_cores", report.cpuCores)
            line.field("memory_bytes", report.residentBytes)
            line.field("probe_ns_per_s", report.probeNanosecondsPerSecond ?? .nan)
            line.field("shed", report.shedTiers)
            line.field("walk_ns", report.walkNanoseconds)
            line.field("records", report.recordsDrained)
            line.field(
                "checkpoint_time_s", report.checkpointNanoseconds.map(Self.seconds) ?? .nan)
            line.field("checkpoint_failures", report.checkpointFailures)
        }
    }

    /// - Returns: false when the reader is gone.
    package mutating func flush() -> Bool {
        defer { line.removeAll() }
        do throws(AgentError) {
            try FileOutput.write(line.bytes, to: descriptor, "standard output")
            return true
        } catch {
            return false
        }
    }

    package var inputDescriptor: CInt? { nil }
    package mutating func input() -> Bool { true }
}

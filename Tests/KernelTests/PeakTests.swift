import Aggregates
import Glibc
import HeadroomABI
import Probes
import Testing

extension KernelSuite {
    /// The highest 10 and 100 ms within a window, of loads whose shape is known.
    @Suite(.enabled(if: Host.walksInKernel, "needs the walk in the kernel"))
    struct PeakTests {
        /// Spins for `busy` ms of every half second by the clock, so that two do so together; ahead
        /// of whatever else runs here.
        private static func burst(_ busy: Int, cpu: Int) -> String {
            """
            exec chrt --fifo 1 taskset -c \(cpu) bash -c '
            while :; do
              now=${EPOCHREALTIME/[^0-9]/}
              if [ $((now % 500000)) -lt \(busy * 1000) ]; then continue; fi
              sleep 0.0$((RANDOM % 2 + 1))
            done'
            """
        }

        @Test func shortBurstsShowThoughTheMeanHidesThem() throws {
            let observer = try Observer()
            let parent = try TestCgroup(TestCgroup.uniqueName("burst"))
            let cgroups = try (0..<2).map { try TestCgroup("c\($0)", in: parent.path) }
            let loads = try cgroups.enumerated().map { cpu, cgroup in
                try ChildProcess(shell: Self.burst(120, cpu: cpu), in: cgroup)
            }
            usleep(600_000)
            try observer.tick()
            for _ in 0..<5 {
                usleep(600_000)
                try observer.tick()
            }
            for load in loads { load.stop(SIGKILL) }
            let windows = observer.windows(parent.path)
            let mean = windows.suffix(5).map { $0.value(.cpu) }.reduce(0, +) / 5
            // An emulated machine is busy with starting the sleeps between bursts.
            #expect(Host.scale > 1 || mean < 1.2, "the load is not one of bursts: \(mean) cores")
            for (path, cores) in [(cgroups[0].path, 1.0), (cgroups[1].path, 1.0), (parent.path, 2.0)] {
                let peaks = observer.details(path).suffix(5).map { Double($0.cpu_peak_10ms_cores) }
                // A peak is told as no lower than the mean, and a mean may have CPU time in it that
                // the kernel accounted for a tick late: on an emulated CPU that is a tenth.
                let means = observer.windows(path).suffix(5).map { $0.value(.cpu) }
                let long = observer.details(path).suffix(5).map { Double($0.cpu_peak_100ms_cores) }
                let median = peaks.sorted()[2]
                #expect(
                    zip(peaks, means).allSatisfy { $0 <= max(cores * 1.05, $1 * 1.001) },
                    "\(path): 10 ms \(peaks), means \(means)")
                #expect(median > 0.8 * cores, "\(path): 10 ms \(peaks), mean \(mean)")
                #expect(long.sorted()[2] > 0.65 * cores, "\(path): 100 ms \(long)")
                #expect(zip(long, peaks).allSatisfy { $0 <= $1 * 1.001 }, "\(path): \(long) \(peaks)")
            }
            #expect(observer.loss("burst_ring_full") == 0)
        }

        @Test func hogThatNeverSwitchesHasAPeakOfItsCPU() throws {
            let observer = try Observer()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("steady"))
            let hog = try ChildProcess(
                shell: "exec chrt --fifo 1 taskset -c 1 bash -c 'while :; do :; done'", in: cgroup)
            usleep(300_000)
            try observer.tick()
            for _ in 0..<3 {
                usleep(600_000)
                try observer.tick()
            }
            hog.stop(SIGKILL)
            for detail in observer.details(cgroup.path).suffix(2) {
                #expect(detail.knowsPeaks)
                #expect(detail.cpu_peak_10ms_cores > 0.95 && detail.cpu_peak_10ms_cores < 1.05)
                #expect(detail.cpu_peak_100ms_cores > 0.95 && detail.cpu_peak_100ms_cores < 1.05)
            }
        }

        @Test func stepsAddUpToTheCPUTimeOfTheWindow() throws {
            // A sole short burst: its length is the peak's, whatever its place among the steps.
            let observer = try Observer()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("once"))
            let child = try ChildProcess(
                shell:
                    "exec chrt --fifo 1 bash -c 'end=$((${EPOCHREALTIME/[^0-9]/} + 4000)); while [ ${EPOCHREALTIME/[^0-9]/} -lt $end ]; do :; done'",
                in: cgroup)
            child.wait()
            usleep(200_000)
            try observer.tick()
            let used = Double(observer.total(cgroup.path) { $0.cpu_ns }) / 1e9
            let detail = try #require(observer.details(cgroup.path).last)
            let ten = Double(detail.cpu_peak_10ms_cores) * 0.01
            let hundred = Double(detail.cpu_peak_100ms_cores) * 0.1
            #expect(used > 0.004)
            // All of it lies within 100 ms, and at least half of it or a whole step in one step.
            #expect(hundred > 0.8 * used || hundred > 0.08, "\(hundred) s of \(used) s")
            #expect(ten > 0.4 * min(used, 0.01), "\(ten) s of \(used) s")
        }

        /// A walk that comes too late throws steps away: all there are, also when it comes just as a group of them ends.
        @Test(.enabled(if: Host.scale == 1, "needs a walk within a step of 10 ms"))
        func nothingFromBeforeALateWalkIsToldAfterIt() throws {
            let observer = try Observer()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("aligned"))
            let load = try ChildProcess(shell: "exec taskset -c 1 bash -c 'while :; do :; done'", in: cgroup)
            let group = UInt64(HR_BURST_GROUP)
            let step = UInt64(HR_BURST_NS)
            var aligned = 0
            for _ in 0..<8 where aligned < 3 {
                usleep(100_000)
                try observer.tick()
                #expect(observer.walkEnd.burst_to > 0)
                // The walk's line was then at the last step's end, up to 10 ms ago by the scheduler's clock.
                let steps = 128 + (group - observer.walkEnd.burst_to % group) % group
                usleep(useconds_t((steps * step - step / 3) / 1000))
                try observer.tick()
                #expect(observer.walkEnd.burst_to == 0, "the walk was not late")
                // Until the steps that the late walk should have thrown away are due again.
                usleep(400_000)
                try observer.tick()
                if observer.walkEnd.burst_from % group == 0 { aligned += 1 }
                let detail = try #require(observer.details(cgroup.path).last)
                #expect(detail.knowsPeaks)
                #expect(detail.cpu_peak_10ms_cores < 1.1, "one task on one CPU, \(observer.walkEnd.burst_from % group)")
            }
            load.stop(SIGKILL)
            #expect(aligned > 0, "no walk came as a group ended")
        }

        /// Who ran when the switch hook was taken off has gone by the time that it is back.
        @Test func hookThatIsPutBackCreditsNobodyWhoRanBefore() throws {
            let observer = try Observer()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("gone"))
            let hog = try ChildProcess(
                shell: "exec chrt --fifo 1 taskset -c 1 bash -c 'while :; do :; done'", in: cgroup)
            usleep(200_000)
            try observer.tick()
            observer.shed(.runQueueDelay)
            hog.stop(SIGKILL)
            for _ in 0..<3 {
                usleep(200_000)
                try observer.tick()
            }
            let before = observer.details(cgroup.path).count
            usleep(400_000)
            try observer.restore(.runQueueDelay)
            for _ in 0..<3 {
                usleep(200_000)
                try observer.tick()
            }
            for detail in observer.details(cgroup.path).dropFirst(before) {
                #expect(detail.cpu_peak_10ms_cores < 0.1, "nothing ran in it")
            }
        }

        @Test func walkThatComesTooLateGivesNoPeaksAndCountsThem() throws {
            let observer = try Observer()
            let cgroup = try TestCgroup(TestCgroup.uniqueName("late"))
            let load = try ChildProcess(shell: "while :; do sleep 0.01; done", in: cgroup)
            usleep(300_000)
            try observer.tick()
            usleep(1_600_000)
            try observer.tick()
            #expect(observer.details(cgroup.path).last?.knowsPeaks == false)
            #expect(observer.loss("burst_late") > 0)
            usleep(500_000)
            try observer.tick()
            load.stop(SIGKILL)
            #expect(observer.details(cgroup.path).last?.knowsPeaks == true)
        }
    }
}

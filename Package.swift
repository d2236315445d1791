// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// Nothing hot is in these, and the agent's file is to stay within 20 MiB.
let small: [SwiftSetting] = strict + [.unsafeFlags(["-Osize"], .when(configuration: .release))]

let package = Package(
    name: "headroom",
    products: [
        .executable(name: "headroom", targets: ["headroom"]),
        .executable(name: "headroom-connect", targets: ["headroom-connect"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        // For headroom-connect alone; the agent's binary has none of these.
        .package(url: "https://github.com/apple/swift-crypto", "3.12.3"..<"5.0.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0", traits: []),
        // For `swift package generate-documentation` alone (scripts/documentation); in no binary.
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    ],
    targets: [
        // The kernel side: bpf/ compiled and embedded, and the types it shares with Swift.
        .plugin(name: "CompileBPF", capability: .buildTool()),
        .target(name: "HeadroomABI"),
        .systemLibrary(
            name: "CLibBPF",
            pkgConfig: "libbpf",
            providers: [.apt(["libbpf-dev", "libelf-dev", "zlib1g-dev"])]
        ),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "Probes",
            dependencies: ["CLibBPF", "CZlib", "HeadroomABI"],
            swiftSettings: strict,
            // Sources/Probes/ModuleTypes.swift says why.
            linkerSettings: [.unsafeFlags(["-Xlinker", "--wrap=bpf_btf_get_next_id"])],
            plugins: ["CompileBPF"]
        ),
        // What a process gives up: capabilities, user, system calls, files. C for its macros.
        .target(name: "CConfinement"),
        .target(name: "Confinement", dependencies: ["CConfinement"], swiftSettings: small),
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        // Trees of YAML, and so of JSON, from libyaml.
        .target(name: "YAML", dependencies: ["CLibYAML"], swiftSettings: small),
        // JSON text, token by token.
        .target(name: "JSON", swiftSettings: small),
        // The core: no Foundation, no I/O, no clock.
        .target(name: "Aggregates", dependencies: ["HeadroomABI"], swiftSettings: strict),
        .target(name: "Forecast", swiftSettings: strict),
        .target(name: "Planner", dependencies: ["Aggregates"], swiftSettings: strict),
        .target(
            name: "Capacity",
            dependencies: ["Aggregates", "Planner", .product(name: "Logging", package: "swift-log")],
            swiftSettings: small
        ),
        .target(
            name: "Agent",
            dependencies: [
                "Aggregates", "Capacity", "Confinement", "Forecast", "HeadroomABI", "Planner", "Probes", "YAML",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        // What the agent tells over HTTP.
        .target(
            name: "Telemetry",
            dependencies: ["Agent", "Aggregates", "Capacity", "HeadroomABI", "Planner", "Probes"],
            swiftSettings: small
        ),
        // Windows, minutes and decisions on disk.
        .target(
            name: "History",
            dependencies: [
                "Agent", "Aggregates", "CZlib", "Capacity", "Forecast", "HeadroomABI", "Planner", "Probes", "YAML",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: small
        ),
        // Where the marks of an axis stand.
        .target(name: "Charts", swiftSettings: small),
        // The page that `headroom report` makes of a history.
        .target(
            name: "Report",
            dependencies: ["Aggregates", "Charts", "History", "Planner"],
            swiftSettings: small
        ),
        .target(
            name: "Settings",
            dependencies: [
                "Agent", "Aggregates", "Capacity", "HeadroomABI", "Planner", "Probes", "Telemetry", "YAML",
                .product(name: "Logging", package: "swift-log"),
            ],
            // deploy/headroom.yaml, for `config init`.
            resources: [.embedInCode("Resources/headroom.yaml")],
            swiftSettings: small
        ),
        // A terminal as a grid of cells, and keys.
        .target(name: "Terminal", swiftSettings: small),
        // What `headroom top` and the agent's live view show of a node.
        .target(
            name: "NodeView",
            dependencies: ["Agent", "Aggregates", "HeadroomABI", "History", "Planner", "Terminal"],
            swiftSettings: small
        ),
        .target(
            name: "Backtest",
            dependencies: ["Aggregates", "Capacity", "Charts", "Forecast", "Planner"],
            swiftSettings: small
        ),
        .executableTarget(
            name: "headroom",
            dependencies: [
                "Agent", "Aggregates", "Backtest", "Capacity", "Confinement", "Forecast", "HeadroomABI", "History", "JSON", "NodeView",
                "Planner", "Probes", "Report", "Settings", "Telemetry", "Terminal",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: small
        ),
        // Capacity from elsewhere: headroom-connect, a program of its own without privileges.
        .target(
            name: "Connect",
            dependencies: [
                "Aggregates", "Capacity",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Webhook",
            dependencies: [
                "Aggregates", "Capacity", "Connect",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),
        // Kubernetes' objects and what a watch tells of them, without a network.
        .target(name: "KubernetesObjects", swiftSettings: strict),
        // A client of the Kubernetes API, no more than Headroom needs.
        .target(
            name: "KubernetesAPI",
            dependencies: [
                "Connect", "KubernetesObjects", "YAML",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        // The pages of the agent on this host, over its socket.
        .target(
            name: "AgentClient",
            dependencies: [
                "Connect",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        // Those pages as OTLP has them.
        .target(
            name: "OpenTelemetry",
            dependencies: [
                "Connect",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        // Names of a node's pods for the agent there, and its metrics for the cluster.
        .target(
            name: "KubernetesNode",
            dependencies: [
                "Capacity", "AgentClient", "Connect", "KubernetesAPI",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        // Buffers, resizes and recommendations as Kubernetes objects.
        .target(
            name: "KubernetesCapacity",
            dependencies: [
                "Aggregates", "Capacity", "Connect", "KubernetesAPI",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        // What Prometheus answers, without a network.
        .target(name: "PrometheusAnswers", dependencies: ["JSON"], swiftSettings: strict),
        // Pools over all nodes, from what Prometheus has gathered.
        .target(
            name: "Fleet",
            dependencies: [
                "Aggregates", "Capacity", "Connect", "Forecast", "JSON", "KubernetesAPI", "KubernetesCapacity",
                "Planner", "PrometheusAnswers", "YAML",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "headroom-connect",
            dependencies: [
                "AgentClient", "OpenTelemetry", "Aggregates", "Capacity", "Connect", "Fleet", "KubernetesAPI", "KubernetesCapacity",
                "KubernetesNode", "Webhook",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),
        // Measures what all of the above costs; scripts/bench builds and runs it.
        .executableTarget(
            name: "headroom-bench",
            dependencies: [
                "Agent", "Aggregates", "BenchSupport", "CLibBPF", "Forecast", "HeadroomABI", "NodeView",
                "Planner", "Probes", "Terminal",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks",
            exclude: ["bpf", "Support"],
            swiftSettings: strict,
            plugins: ["CompileBPF"]
        ),
        .target(name: "BenchSupport", path: "Benchmarks/Support"),
        .target(
            name: "TestSupport", dependencies: ["YAML"], path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(name: "ChartsTests", dependencies: ["Charts"], swiftSettings: strict),
        .testTarget(name: "TerminalTests", dependencies: ["TestSupport", "Terminal"], swiftSettings: strict),
        .testTarget(
            name: "NodeViewTests",
            dependencies: ["TestSupport", "Agent", "Aggregates", "HeadroomABI", "History", "NodeView", "Terminal"],
            swiftSettings: strict
        ),
        .testTarget(name: "ForecastTests", dependencies: ["Forecast"], swiftSettings: strict),
        .testTarget(name: "PlannerTests", dependencies: ["TestSupport", "Aggregates", "Planner"], swiftSettings: strict),
        .testTarget(
            name: "CapacityTests",
            dependencies: [
                "TestSupport", "Aggregates", "Capacity", "Planner", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "BacktestTests",
            dependencies: ["TestSupport", "Aggregates", "Backtest", "Capacity", "Forecast", "Planner"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "AggregatesTests",
            dependencies: ["TestSupport", "Aggregates", "HeadroomABI"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "AgentTests",
            dependencies: ["TestSupport", "Agent", "Aggregates", "Capacity", "Forecast", "HeadroomABI", "Planner"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "HistoryTests",
            dependencies: [
                "TestSupport", "Agent", "Aggregates", "Capacity", "HeadroomABI", "History", "Planner", "Probes",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ReportTests", dependencies: ["TestSupport", "Aggregates", "History", "Report"], swiftSettings: strict),
        .testTarget(
            name: "TelemetryTests",
            dependencies: [
                "TestSupport", "Agent", "Aggregates", "Capacity", "HeadroomABI", "Planner", "Probes",
                "Telemetry",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SettingsTests",
            dependencies: [
                "TestSupport", "Agent", "Aggregates", "Planner", "Probes", "Settings", "Telemetry",
                "headroom",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        // What the commands make of what people write, and of what they show.
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "TestSupport", "Agent", "Aggregates", "History", "Probes", "headroom",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "WebhookTests",
            dependencies: [
                "TestSupport", "Aggregates", "Capacity", "Connect", "Webhook", "YAML", "headroom-connect",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),
        // An API server to test against, strict where a real one is.
        .target(
            name: "APITestServer",
            dependencies: [
                "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Tests/APITestServer",
            swiftSettings: strict
        ),
        .testTarget(
            name: "KubernetesTests",
            dependencies: [
                "TestSupport", "Aggregates", "APITestServer", "Capacity", "Connect", "KubernetesAPI",
                "KubernetesCapacity", "YAML", "headroom-connect",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "KubernetesNodeTests",
            dependencies: [
                "Connect", "KubernetesAPI", "KubernetesNode",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "FleetTests",
            dependencies: [
                "OpenTelemetry", "TestSupport", "Aggregates", "APITestServer", "Capacity", "Connect", "Fleet", "Forecast",
                "KubernetesAPI", "KubernetesCapacity", "Planner", "headroom-connect",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        // Processes that read and write the shared table for HardeningTests.
        .executableTarget(
            name: "table-stress",
            dependencies: ["Agent", "Aggregates", "HeadroomABI", "Probes"],
            path: "Tests/TableStress",
            swiftSettings: strict
        ),
        // Errors that scripts/sanitize has to report, for HardeningTests.
        .executableTarget(
            name: "sanitizer-fault", dependencies: ["Confinement", "TestSupport"], path: "Tests/Sanitizers",
            exclude: ["SwiftMutex.c", "thread.txt"], swiftSettings: strict),
        // What is promised of the whole: lock-freedom, dependencies, what documents say of both.
        .testTarget(
            name: "HardeningTests",
            dependencies: ["TestSupport", "sanitizer-fault", "table-stress"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "KernelTests",
            dependencies: [
                "TestSupport", "Agent", "Aggregates", "CZlib", "Confinement", "Forecast", "HeadroomABI", "Probes", "YAML", "headroom",
            ],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)

// What Tests/Fuzzing feeds with bytes that may be anything.
let fuzzed: [Target.Dependency] = [
    "Agent", "Aggregates", "Backtest", "CZlib", "Forecast", "HeadroomABI", "History", "KubernetesObjects", "NodeView",
    "Planner", "PrometheusAnswers", "Report", "Settings", "Telemetry", "Terminal",
    .product(name: "Logging", package: "swift-log"),
]
if Context.environment["HEADROOM_FUZZ_BUILD"] == nil {
    // Every case that was found, as a test.
    package.targets.append(
        .testTarget(
            name: "FuzzingTests", dependencies: fuzzed, path: "Tests/Fuzzing",
            exclude: ["Driver", "Corpus", "Dictionaries"], swiftSettings: strict))
} else {
    // scripts/fuzz: the same as one program of libFuzzer's, and instrumented what it feeds.
    let instrumented: [SwiftSetting] = [
        .unsafeFlags(["-sanitize=fuzzer,address", "-assert-config", "Debug", "-enable-testing"])
    ]
    package.targets.removeAll { $0.type == .test }
    for target in package.targets where target.type == .regular && target.name != "BenchSupport" {
        target.swiftSettings = (target.swiftSettings ?? []) + instrumented
    }
    package.targets.append(
        .executableTarget(
            name: "headroom-fuzz", dependencies: fuzzed, path: "Tests/Fuzzing",
            exclude: ["CorpusTests.swift", "Corpus", "Dictionaries"], swiftSettings: strict + instrumented,
            linkerSettings: [.unsafeFlags(["-sanitize=address"]), .linkedLibrary("stdc++")]))
}

if Context.environment["HEADROOM_AGENT_BUILD"] != nil {
    // scripts/sanitize: the agent and its tests alone, without network libraries and what is built on them.
    let others = [
        "AgentClient", "Connect", "Webhook", "KubernetesAPI", "KubernetesNode", "KubernetesCapacity", "Fleet", "OpenTelemetry",
        "headroom-connect", "APITestServer", "WebhookTests", "KubernetesTests", "KubernetesNodeTests", "FleetTests",
        "headroom-bench", "BenchSupport",
    ]
    package.targets.removeAll { others.contains($0.name) }
    package.products.removeAll { others.contains($0.name) }
}

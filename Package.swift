// swift-tools-version: 6.2
import Foundation
import PackageDescription

// CI sets ELAFROS_STRICT: there a warning is an error, while someone in the middle of a change is not held up by one.
let strict = ProcessInfo.processInfo.environment["ELAFROS_STRICT"] != nil
let settings: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ] + (strict ? [.treatAllWarnings(as: .error)] : [])

/// A module of ours: its dependencies are the modules that it may import, as the table in README.md says.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, exclude: ["\(name).docc"], swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
    name: "elafros",
    products: [.executable(name: "elafros", targets: ["elafros"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibGit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        module("YAML", ["CLibYAML"]),
        module("Git", ["CLibGit2", crypto]),
        module("Resources", ["YAML"]),
        module("Store", ["Resources", "YAML", grdb, grdbSQLite, crypto]),
        module("Engine", ["Resources", "Store", "YAML", collections]),
        module("Runtimes", ["Resources", "Store", "YAML"]),
        module("Gateway", ["Resources", "Store", "YAML", hummingbird, logging]),
        module("GitOps", ["Engine", "Git", "Resources", "Store", "YAML", crypto]),
        module("APIServer", ["Resources", "Store", "YAML", crypto, hummingbird, logging]),
        .executableTarget(
            name: "elafros",
            dependencies: [
                "APIServer", "Engine", "Gateway", "Git", "GitOps", "Resources", "Runtimes", "Store", "YAML",
                asyncHTTPClient, argumentParser, hummingbird, lifecycle, logging,
            ],
            swiftSettings: settings
        ),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
        tests("YAMLTests", ["YAML"]),
        tests("GitTests", ["Git", "TestSupport"]),
        tests("ResourcesTests", ["Resources", "YAML"]),
        tests("StoreTests", ["Resources", "Store", "TestSupport", "YAML", grdb]),
        tests("EngineTests", ["Engine", "Resources", "Store", "YAML"]),
        tests("RuntimesTests", ["Resources", "Runtimes", "Store", "YAML"]),
        tests(
            "GatewayTests",
            ["Gateway", "Resources", "Runtimes", "Store", "YAML", asyncHTTPClient, hummingbird, lifecycle, logging]
        ),
        tests(
            "APIServerTests",
            ["APIServer", "Resources", "Store", "YAML", asyncHTTPClient, crypto, hummingbird, logging]
        ),
        tests("GitOpsTests", ["Engine", "Git", "GitOps", "Resources", "Store", "TestSupport", "YAML"]),
        tests(
            "CommandTests",
            ["elafros", "GitOps", "Resources", "Store", "TestSupport", "YAML", hummingbird, lifecycle, logging]
        ),
        .target(
            name: "Simulation",
            dependencies: [
                "APIServer", "Engine", "Git", "GitOps", "Resources", "Store", "TestSupport", "YAML", crypto,
                hummingbird,
            ],
            path: "Tests/Simulation",
            exclude: ["mutations", "planted"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "simulate",
            dependencies: ["Simulation"],
            path: "Tests/SimulationDriver",
            swiftSettings: settings
        ),
        tests("SimulationTests", ["Simulation"]),
        .systemLibrary(name: "CMalloc", path: "Tests/CMalloc"),
        .executableTarget(
            name: "engine-benchmark",
            dependencies: ["CMalloc", "Engine", "GitOps", "Resources", "Store", "YAML"],
            path: "Tests/EngineBenchmark",
            swiftSettings: settings
        ),
        tests("Stories", ["Engine", "Resources", "Store", "YAML"]),
        .testTarget(
            name: "EndToEnd",
            dependencies: ["TestSupport", "YAML"],
            exclude: ["kill_at.c"],
            swiftSettings: settings
        ),
    ]
)

import Resources
import Store
import Testing
import YAML

@testable import Engine

/// Every error of the specification (§3.3, §4.3, §5.6), as a person sees it who looks at any of the four objects.
@Suite struct ErrorTests {
    private static let start = Instant(milliseconds: 1_527_768_000_000)

    /// Conditions as `type=status/reason: message`.
    private static func lines(_ object: Object?) -> [String] {
        (object?.status.conditions.list ?? []).map { condition in
            "\(condition.type)=\(condition.status.rawValue)" + (condition.reason.map { "/" + $0 } ?? "")
                + (condition.message.map { ": " + $0 } ?? "")
        }
    }

    /// What all four objects say.
    private struct Said: Equatable, CustomStringConvertible {
        var revision: [String] = []
        var configuration: [String]
        var route: [String]
        var service: [String]

        var description: String {
            [("Revision", revision), ("Configuration", configuration), ("Route", route), ("Service", service)]
                .map { "\($0.0)\n  " + $0.1.joined(separator: "\n  ") }.joined(separator: "\n")
        }
    }

    private static func said(_ state: State, revision: String = "shop-00001") -> Said {
        Said(
            revision: lines(state[World.key(.revision, revision)]),
            configuration: lines(state[World.key(.configuration)]),
            route: lines(state[World.key(.route)]),
            service: lines(state[World.key(.service)])
        )
    }

    // MARK: The first Revision fails

    private static let buildMessage =
        "build step \"build-step-a\" exited with code 7 (image: \"x\"); for logs run: "
        + "elafros get build shop-00001 -n default -o yaml"
    private static let nothingReady = "The configuration 'shop' does not have a LatestReadyRevision."

    /// What a Revision says that never became ready, and what the others make of it.
    private static func failed(_ dependents: [String], _ ready: String) -> Said {
        Said(
            revision: ["Ready=" + ready] + dependents,
            configuration: ["Ready=" + ready, "LatestRevisionReady=" + ready],
            route: [
                "Ready=False/RevisionMissing: " + nothingReady,
                "AllTrafficAssigned=False/RevisionMissing: " + nothingReady,
            ],
            service: ["Ready=False/RevisionMissing: " + nothingReady, "LatestRevisionReady=" + ready]
        )
    }

    /// What is assumed, how long it takes, and what is said then.
    private struct Case: CustomTestStringConvertible {
        let name: String
        var runtime = SimulatedRuntime.Outcome.ready(after: .zero)
        var builder: SimulatedBuilder.Outcome?
        let end: Duration
        let said: Said

        var testDescription: String { name }
    }

    private static let cases = [
        Case(
            name: "build failed",
            builder: .stepFails(index: 0, code: 7, log: "no", after: .seconds(4)),
            end: .seconds(4),
            said: failed(
                [
                    "BuildComplete=False/BuildStepFailed: " + buildMessage,
                    "BuildSucceeded=False/BuildStepFailed: " + buildMessage,
                ],
                "False/BuildFailed: Build " + buildMessage
            )
        ),
        Case(
            name: "build timed out",
            builder: .hangs,
            end: .seconds(600),
            said: failed(
                [
                    "BuildComplete=False/BuildTimeout: Build \"shop-00001\" failed to finish within \"10m0s\"",
                    "BuildSucceeded=False/BuildTimeout: Build \"shop-00001\" failed to finish within \"10m0s\"",
                ],
                "False/BuildFailed: Build Build \"shop-00001\" failed to finish within \"10m0s\""
            )
        ),
        Case(
            name: "image missing",
            runtime: .imageMissing(error: "manifest unknown"),
            end: .zero,
            said: failed(
                [
                    "ResourcesAvailable=Unknown/Deploying",
                    "ContainerHealthy=False/ContainerMissing: Unable to fetch image 'shop:1': manifest unknown",
                ],
                "False/ContainerMissing: Unable to fetch image 'shop:1': manifest unknown"
            )
        ),
        Case(
            name: "exit code with termination message",
            runtime: .exits(code: 3, message: "cannot open /data", after: .seconds(2)),
            end: .seconds(2),
            said: failed(
                [
                    "ResourcesAvailable=Unknown/Deploying",
                    "ContainerHealthy=False/ExitCode3: Container failed with: cannot open /data",
                ],
                "False/ExitCode3: Container failed with: cannot open /data"
            )
        ),
        Case(
            name: "exit code without a word",
            runtime: .exits(code: 0, message: "", after: .seconds(2)),
            end: .seconds(2),
            said: failed(
                [
                    "ResourcesAvailable=Unknown/Deploying",
                    "ContainerHealthy=False/ExitCode0: container exited with no error",
                ],
                "False/ExitCode0: container exited with no error"
            )
        ),
        Case(
            name: "deadline exceeded, pods never created",
            runtime: .hangs,
            end: .seconds(120),
            said: failed(
                [
                    "ResourcesAvailable=False/ProgressDeadlineExceeded: Unable to create pods for more than 120 seconds.",
                    "ContainerHealthy=Unknown/Deploying",
                ],
                "False/ProgressDeadlineExceeded: Unable to create pods for more than 120 seconds."
            )
        ),
        Case(
            name: "deadline exceeded, probe never passes",
            runtime: .neverReady,
            end: .seconds(120),
            said: failed(
                [
                    "ResourcesAvailable=False/ProgressDeadlineExceeded: Did not pass readiness checks in 120 seconds.",
                    "ContainerHealthy=Unknown/Deploying",
                ],
                "False/ProgressDeadlineExceeded: Did not pass readiness checks in 120 seconds."
            )
        ),
        Case(
            name: "no deployment",
            runtime: .noDeployment,
            end: .zero,
            said: failed(
                [
                    "ResourcesAvailable=False/NoDeployment: "
                        + "The controller could not create a deployment named shop-00001-deployment.",
                    "ContainerHealthy=Unknown/Deploying",
                ],
                "False/NoDeployment: The controller could not create a deployment named shop-00001-deployment."
            )
        ),
    ]

    @Test(arguments: cases)
    private func `a first Revision that fails is seen on all four objects`(_ example: Case) throws {
        let build: Value? = example.builder.map { _ in ["steps": [["name": "a", "image": "x"]]] }
        var state = try Self.state(World.runLatest(build: build))
        var run = RunToRest(
            runtime: SimulatedRuntime(example.runtime),
            builder: example.builder.map { SimulatedBuilder($0) }
        )
        let outcome = try run.run(&state, from: Self.start)
        #expect(outcome.end == Self.start + example.end)
        #expect(Self.said(state) == example.said)
        #expect(state[World.key(.route)]?.routeStatus.traffic.map(\.revisionName) == ["Not found"])
        #expect(state[World.key(.route)]?.routeStatus.traffic.map(\.percent) == [100])
        #expect(state[World.key(.configuration)]?.configurationStatus.latestReadyRevisionName == nil)
        #expect(state[World.key(.split)]?.spec["main"] == [])
    }

    @Test(arguments: cases)
    private func `a later Revision that fails leaves the Service ready with the older one`(_ example: Case) throws {
        var state = try Self.state(World.runLatest())
        var first = RunToRest()
        _ = try first.run(&state, from: Self.start)
        let later = Self.start + .seconds(100)
        let build: Value? = example.builder.map { _ in ["steps": [["name": "a", "image": "x"]]] }
        // The same image, so that the texts are the same.
        var configuration = Map()
        configuration["build"] = build
        configuration["revisionTemplate"] = World.template("shop:1", extra: ["timeoutSeconds": 20])
        let spec: Value = ["runLatest": ["configuration": .map(configuration)]]
        try state.apply([.put(Self.draft(spec))], at: later)
        var run = RunToRest(
            runtime: SimulatedRuntime(example.runtime),
            builder: example.builder.map { SimulatedBuilder($0) }
        )
        let outcome = try run.run(&state, from: later)
        #expect(outcome.end == later + example.end)
        let renamed = { (line: String) in line.replacing("shop-00001", with: "shop-00002") }
        let said = Self.said(state, revision: "shop-00002")
        #expect(said.revision == example.said.revision.map(renamed))
        #expect(said.configuration == example.said.configuration.map(renamed))
        #expect(said.route == ["Ready=True", "AllTrafficAssigned=True", "RolloutComplete=True"])
        #expect(said.service == ["Ready=True", example.said.service.last.map(renamed) ?? ""])
        #expect(state[World.key(.route)]?.routeStatus.traffic.map(\.revisionName) == ["shop-00001"])
        #expect(state[World.key(.service)]?.serviceStatus.latestReadyRevisionName == "shop-00001")
        #expect(state[World.key(.service)]?.serviceStatus.latestCreatedRevisionName == "shop-00002")
    }

    private static func draft(_ spec: Value) -> Object {
        Object(kind: .service, metadata: Metadata(name: "shop", namespace: "default"), spec: spec)
    }

    private static func state(_ spec: Value) throws -> State {
        var state = State(id: "errors")
        try state.apply([.put(draft(spec))], at: start)
        return state
    }

    // MARK: What traffic leads to is not there

    private static let readyRevision = [
        "Ready=True/ServiceReady", "ResourcesAvailable=True", "ContainerHealthy=True",
    ]

    /// What Route and Service say of a target that cannot be served, while the Configuration fares as it does.
    private func expect(
        _ world: World,
        assigned: String,
        ready: String,
        configuration: [String] = ["Ready=True/LatestRevisionReady"],
        revision: [String] = readyRevision,
        latest: [String] = []
    ) {
        let said = Self.said(world.state)
        #expect(
            said
                == Said(
                    revision: revision,
                    configuration: configuration,
                    route: ["Ready=\(ready)", "AllTrafficAssigned=\(assigned)"],
                    service: ["Ready=\(ready)"] + latest
                )
        )
    }

    private func serving() throws -> World {
        var world = World()
        try world.put(.service, World.runLatest())
        try world.ready("shop-00001")
        return world
    }

    @Test func `revision missing: a pinned Revision that is not there`() throws {
        var world = try serving()
        try world.put(.service, World.pinned("shop-00009"))
        let what = "False/RevisionMissing: Revision 'shop-00009' referenced in traffic not found"
        expect(world, assigned: what, ready: what)
        // The entry is left out of the status, and the data plane goes on as it was.
        #expect(world.traffic() == "next=shop-00001 0")
        #expect(world.main() == "shop-00001 100")
    }

    @Test func `revision missing: a pinned Revision that is still starting, and then fails`() throws {
        var world = World()
        try world.put(.service, World.pinned("shop-00001"))
        let deploying = [
            "Ready=False/Deploying: Starting Instances", "ResourcesAvailable=Unknown/Deploying: Starting Instances",
            "ContainerHealthy=Unknown/Deploying: Starting Instances",
        ]
        let waiting = "Revision 'shop-00001' is not yet ready."
        expect(
            world,
            assigned: "Unknown/RevisionMissing: " + waiting,
            ready: "False/RevisionMissing: " + waiting,
            configuration: [
                "Ready=False/Deploying: Starting Instances",
                "LatestRevisionReady=Unknown/Deploying: Starting Instances",
            ],
            revision: deploying,
            latest: ["LatestRevisionReady=Unknown/Deploying: Starting Instances"]
        )
        try world.fails("shop-00001")
        let failure = "False/ExitCode1: Container failed with: oops"
        let missing = "False/RevisionMissing: Revision 'shop-00001' failed to become ready."
        expect(
            world,
            assigned: missing,
            ready: missing,
            configuration: ["Ready=" + failure, "LatestRevisionReady=" + failure],
            revision: [
                "Ready=" + failure, "ResourcesAvailable=Unknown/Deploying", "ContainerHealthy=" + failure,
            ],
            latest: ["LatestRevisionReady=" + failure]
        )
    }

    @Test func `revision of another Service`() throws {
        var world = try serving()
        try world.put(.service, "other", World.runLatest("other:1"))
        try world.ready("other-00001")
        try world.put(.service, World.pinned("other-00001"))
        let what = "False/RevisionNotOwned: Revision 'other-00001' belongs to Service 'other', not Service 'shop'."
        expect(world, assigned: what, ready: what)
        #expect(world.main() == "shop-00001 100")
    }

    @Test func `configuration missing`() throws {
        var world = World()
        try world.put(.service, ["manual": [:]])
        try world.put(.route, World.route([TrafficTarget(.configuration("shop"), percent: 100)]))
        let what = "Configuration 'shop' referenced in traffic not found"
        let said = Self.said(world.state)
        #expect(
            said
                == Said(
                    configuration: [],
                    route: [
                        "Ready=False/ConfigurationMissing: " + what,
                        "AllTrafficAssigned=False/ConfigurationMissing: " + what,
                    ],
                    service: ["Ready=Unknown/Manual", "LatestRevisionReady=Unknown/Manual"]
                )
        )
        #expect(world.traffic() == "")
    }

    @Test func `not owned: Configuration, Route, and a Revision's name`() throws {
        for kind in [Kind.configuration, .route] {
            var world = World()
            try world.put(
                kind,
                kind == .route ? World.route([TrafficTarget(.revision("x"), percent: 100)]) : World.configurationSpec()
            )
            try world.put(.service, World.runLatest())
            let what = "False/NotOwned: There is an existing \(kind.name) \"shop\" that we do not own."
            #expect(Self.lines(world[.service]).first == "Ready=" + what)
        }
        // The Configuration of an earlier life left a Revision of the same name.
        var world = try serving()
        try world.delete(.configuration, "shop", .orphan)
        #expect(world[.configuration] != nil)
        let what = "False/NotOwned: There is an existing Revision \"shop-00001\" that we do not own."
        let said = Self.said(world.state)
        #expect(said.configuration == ["Ready=" + what, "LatestRevisionReady=" + what])
        #expect(said.revision == Self.readyRevision)
        let missing = "False/RevisionMissing: " + Self.nothingReady
        #expect(said.route == ["Ready=" + missing, "AllTrafficAssigned=" + missing])
        #expect(said.service == ["Ready=" + missing, "LatestRevisionReady=" + what])
        // Nobody takes the traffic away from the Revision that has it.
        #expect(world.main() == "shop-00001 100")
    }

    @Test func `latest revision deleted, which an older one survives`() throws {
        var world = try serving()
        try world.put(.service, World.runLatest("shop:2"))
        try world.delete(.revision, "shop-00002")
        let what = "False/RevisionMissing: The latest Revision appears to have been deleted."
        #expect(
            Self.said(world.state)
                == Said(
                    revision: Self.readyRevision,
                    configuration: ["Ready=" + what, "LatestRevisionReady=" + what],
                    route: ["Ready=True", "AllTrafficAssigned=True", "RolloutComplete=True"],
                    service: ["Ready=True", "LatestRevisionReady=" + what]
                )
        )
        #expect(world[.configuration]?.configurationStatus.latestReadyRevisionName == "shop-00001")
        // It is not made again until the spec changes.
        try world.wait(.seconds(3_600))
        #expect(world[.revision, "shop-00002"] == nil)
        try world.put(.service, World.runLatest("shop:3"))
        #expect(world[.revision, "shop-00003"] != nil)
    }

    @Test func `latest revision deleted that was also the latest ready`() throws {
        var world = try serving()
        try world.delete(.revision, "shop-00001")
        let what = "False/RevisionMissing: The latest Revision appears to have been deleted."
        let missing = "False/RevisionMissing: " + Self.nothingReady
        #expect(
            Self.said(world.state)
                == Said(
                    configuration: ["Ready=" + what, "LatestRevisionReady=" + what],
                    route: ["Ready=" + missing, "AllTrafficAssigned=" + missing],
                    service: ["Ready=" + missing, "LatestRevisionReady=" + what]
                )
        )
        #expect(world[.configuration]?.configurationStatus.latestReadyRevisionName == nil)
        #expect(world[.service]?.serviceStatus.latestReadyRevisionName == nil)
        #expect(world.traffic() == "Not found 100")
    }

    @Test func `shift stuck: traffic stands still on its way for more than 120 seconds`() throws {
        var world = try serving()
        // Two thirds follow the newest, and a Revision of another Configuration has the rest.
        try world.put(.configuration, "other", World.configurationSpec("other:1"))
        try world.ready("other-00001")
        try world.put(.service, ["manual": [:]])
        try world.put(
            .route,
            World.route([
                TrafficTarget(.configuration("shop"), percent: 60),
                TrafficTarget(.revision("other-00001"), percent: 40),
            ])
        )
        try world.put(.configuration, World.configurationSpec("shop:2"))
        try world.ready("shop-00002")
        try world.delete(.revision, "other-00001")
        try world.wait(.seconds(120))
        let gone = "False/RevisionMissing: Revision 'other-00001' referenced in traffic not found"
        let stuck = "ProgressDeadlineExceeded: Unable to update traffic split for more than 120 seconds."
        #expect(
            Self.said(world.state, revision: "shop-00002")
                == Said(
                    revision: Self.readyRevision,
                    configuration: ["Ready=True/LatestRevisionReady"],
                    route: [
                        "Ready=" + gone, "AllTrafficAssigned=" + gone, "RolloutComplete=False/" + stuck,
                        "RolloutInProgress=True/" + stuck,
                    ],
                    service: ["Ready=Unknown/Manual", "LatestRevisionReady=Unknown/Manual"]
                )
        )
    }
}

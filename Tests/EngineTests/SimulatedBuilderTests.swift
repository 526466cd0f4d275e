import Resources
import Store
import Testing
import YAML

@testable import Engine

/// Builds that somebody carries out, from the wish to what the Service says (specification §6).
@Suite struct SimulatedBuilderTests {
    private static let start = Instant(milliseconds: 1_527_768_000_000)
    private static let build = World.key(.build, "shop-00001")

    /// A Service whose image is built in two steps from a commit that never moves.
    private static func source(_ image: String = "shop:1", timeout: String? = nil, status: String? = nil) -> Value {
        var build: Map = [
            "source": [
                "git": ["url": "https://git.example.com/shop", "commit": .string(String(repeating: "a", count: 40))]
            ],
            "steps": [["name": "compile", "image": "swift"], ["image": "pack"]],
        ]
        build["timeout"] = timeout.map(Value.string)
        build["status"] = status.map(Value.string)
        return World.runLatest(image, build: .map(build))
    }

    private struct Ran {
        var state: State
        var outcome: RunToRest.Outcome

        func condition(_ kind: Kind, _ type: String, _ name: String = "shop") -> String? {
            guard let found = state[World.key(kind, name)]?.status.conditions[type] else { return nil }
            return found.status.rawValue + (found.reason.map { "/" + $0 } ?? "")
        }

        func message(_ kind: Kind, _ type: String, _ name: String = "shop") -> String? {
            state[World.key(kind, name)]?.status.conditions[type]?.message
        }
    }

    private func run(_ spec: Value, _ outcome: SimulatedBuilder.Outcome?) throws -> Ran {
        var state = State(id: "builds")
        let draft = Object(kind: .service, metadata: Metadata(name: "shop", namespace: "default"), spec: spec)
        try state.apply([.put(draft)], at: Self.start)
        var run = RunToRest(
            runtime: SimulatedRuntime(.ready(after: .seconds(2))),
            builder: outcome.map { SimulatedBuilder(outcomes: [Self.build: $0]) }
        )
        let ran = try run.run(&state, from: Self.start)
        return Ran(state: state, outcome: ran)
    }

    @Test func `a Build that succeeds makes a Revision that becomes ready`() throws {
        let ran = try run(Self.source(), .succeeds(after: .seconds(30)))
        #expect(ran.outcome.isAtRest)
        #expect(
            ran.outcome.timeline.description == """
                +0.0s Build default/shop-00001 building
                +0.0s Revision default/shop-00001 created
                +30.0s Build default/shop-00001 built
                +32.0s Revision default/shop-00001 ready
                +32.0s Route default/shop shop-00001 100%
                +32.0s Route default/shop done
                +32.0s Service default/shop ready
                """
        )
        let build = try #require(ran.state[Self.build])
        #expect(build.status.conditions.list.map(\.type) == ["Succeeded", "Complete"])
        #expect(build.status.conditions.list.allSatisfy { $0.status == .true })
        #expect(build.buildStatus.builder == "Simulated")
        #expect(build.buildStatus.startTime == Self.start)
        #expect(build.buildStatus.completionTime == Self.start + .seconds(30))
        #expect(build.buildStatus.stepsCompleted == ["build-step-compile", "build-step-unnamed-3"])
        let states = build.status.value?["stepStates"]?.list ?? []
        #expect(states.map { $0["terminated"]?["exitCode"]?.int } == [0, 0])
        #expect(states.first?["terminated"]?["finishedAt"]?.string == (Self.start + .seconds(15)).description)
        #expect(ran.condition(.revision, "BuildComplete", "shop-00001") == "True")
        #expect(ran.condition(.service, "Ready") == "True")
        // The builder was told that it is over.
        #expect(ran.state.marked(.wished) == [])
    }

    @Test func `while a Build runs, each object says so`() throws {
        var world = World(EngineSettings(hasBuilder: true))
        try world.put(.service, Self.source())
        #expect(world.state.marked(.wished) == [Self.build])
        let build = try #require(world[.build, "shop-00001"])
        let order = try #require(BuildOrder(build))
        let report = BuildReport(.running, steps: [.running], builder: "Cluster")
        for change in order.changes(after: report, in: world.state, at: world.now) {
            try world.state.apply([change], at: world.now)
        }
        try world.settle()
        #expect(world.condition(.build, "Succeeded", "shop-00001") == "Unknown/Building")
        #expect(world.condition(.build, "Complete", "shop-00001") == "False/Building")
        #expect(world.condition(.revision, "BuildComplete", "shop-00001") == "Unknown/Building")
        #expect(world.condition(.revision, "Ready", "shop-00001") == "False/Building")
        #expect(world.condition(.configuration, "LatestRevisionReady") == "Unknown/Building")
        #expect(world.condition(.route, "AllTrafficAssigned") == "Unknown/RevisionMissing")
        #expect(world.condition(.service, "Ready") == "False/RevisionMissing")
        #expect(world[.build, "shop-00001"]?.status.value?["stepStates"]?.list?.first?["running"] != nil)
    }

    @Test func `a step that fails stops the Build, with its code and its last words`() throws {
        let failure = SimulatedBuilder.Outcome.stepFails(index: 1, code: 2, log: "no such file", after: .seconds(8))
        let ran = try run(Self.source(), failure)
        let message =
            "build step \"build-step-unnamed-3\" exited with code 2 (image: \"pack\"); "
            + "for logs run: elafros get build shop-00001 -n default -o yaml"
        #expect(ran.condition(.build, "Succeeded", "shop-00001") == "False/BuildStepFailed")
        #expect(ran.condition(.build, "Failed", "shop-00001") == "True/BuildStepFailed")
        #expect(ran.condition(.build, "Complete", "shop-00001") == nil)
        #expect(ran.message(.build, "Succeeded", "shop-00001") == message)
        let states = ran.state[Self.build]?.status.value?["stepStates"]?.list ?? []
        #expect(states.last?["terminated"]?["message"] == "no such file")
        #expect(states.last?["terminated"]?["exitCode"] == 2)
        #expect(ran.state[Self.build]?.buildStatus.completionTime == Self.start + .seconds(8))
        #expect(ran.condition(.revision, "BuildComplete", "shop-00001") == "False/BuildStepFailed")
        #expect(ran.message(.revision, "BuildComplete", "shop-00001") == message)
        #expect(ran.condition(.revision, "Ready", "shop-00001") == "False/BuildFailed")
        #expect(ran.message(.revision, "Ready", "shop-00001") == "Build " + message)
        #expect(ran.state[World.key(.workload, "shop-00001")] == nil)
        #expect(ran.state[World.key(.service)]?.serviceStatus.latestReadyRevisionName == nil)
    }

    @Test func `a Build that never ends is ended when its time is over`() throws {
        for (timeout, seconds, text) in [(nil, 600, "10m0s"), ("90s", 90, "1m30s"), ("1h", 3_600, "1h0m0s")] {
            let ran = try run(Self.source(timeout: timeout), .hangs)
            #expect(ran.outcome.isAtRest)
            #expect(ran.outcome.end == Self.start + .seconds(seconds))
            #expect(ran.condition(.build, "Succeeded", "shop-00001") == "False/BuildTimeout")
            #expect(ran.condition(.build, "Failed", "shop-00001") == "True/BuildTimeout")
            let message = "Build \"shop-00001\" failed to finish within \"\(text)\""
            #expect(ran.message(.build, "Succeeded", "shop-00001") == message)
            #expect(ran.condition(.revision, "Ready", "shop-00001") == "False/BuildFailed")
        }
    }

    @Test func `a source that is missing starts no step`() throws {
        let ran = try run(Self.source(), .sourceMissing(error: "repository not found"))
        #expect(ran.condition(.build, "Succeeded", "shop-00001") == "False/BuildExecuteFailed")
        #expect(
            ran.message(.build, "Succeeded", "shop-00001")
                == "Unable to fetch source 'https://git.example.com/shop': repository not found"
        )
        #expect(ran.state[Self.build]?.buildStatus.stepStates == [])
        #expect(ran.condition(.revision, "BuildComplete", "shop-00001") == "False/BuildExecuteFailed")
    }

    @Test func `a Build can be cancelled before it ends`() throws {
        let ran = try run(Self.source(status: "BuildCancelled"), .hangs)
        #expect(ran.condition(.build, "Succeeded", "shop-00001") == "False/BuildCancelled")
        #expect(ran.message(.build, "Succeeded", "shop-00001") == "Build \"shop-00001\" was cancelled")
        #expect(ran.outcome.end == Self.start)
    }

    @Test func `without a builder the Build waits, and goes on where there is one later`() throws {
        var ran = try run(Self.source(), nil)
        #expect(ran.outcome.isAtRest)
        #expect(ran.condition(.build, "Succeeded", "shop-00001") == "Unknown/NoBuilder")
        #expect(ran.condition(.revision, "BuildComplete", "shop-00001") == "Unknown/NoBuilder")
        let later = Self.start + .seconds(3_600)
        var run = RunToRest(builder: SimulatedBuilder(.succeeds(after: .seconds(5))))
        let outcome = try run.run(&ran.state, from: later)
        #expect(outcome.end == later + .seconds(6))
        #expect(ran.condition(.service, "Ready") == "True")
    }

    @Test func `a change of the configuration alone builds nothing again`() throws {
        var ran = try run(Self.source(), .succeeds(after: .seconds(30)))
        let later = Self.start + .seconds(100)
        let live = try #require(ran.state[World.key(.service)])
        try ran.state.apply([.put(live.with(spec: Self.source("shop:2"), origin: nil))], at: later)
        var run = RunToRest(runtime: SimulatedRuntime(.ready(after: .seconds(1))), builder: SimulatedBuilder(.hangs))
        let outcome = try run.run(&ran.state, from: later)
        #expect(outcome.end == later + .seconds(4))
        #expect(ran.state.keys(.build) == [Self.build])
        #expect(ran.state[World.key(.revision, "shop-00002")]?.revisionSpec.buildName == "shop-00001")
    }

    @Test func `what a template says is filled in once, and kept`() throws {
        var world = World(EngineSettings(hasBuilder: true))
        try world.put(
            .buildTemplate,
            "t",
            [
                "parameters": [["name": "_IMAGE"], ["name": "DIR", "default": "/src"]],
                "steps": [
                    [
                        "name": "pack-${DIR}", "image": "${_IMAGE}-builder", "workingDir": "${DIR}",
                        "args": ["--to", "${_IMAGE}", "${UNKNOWN}", "$DIR", "$(DIR)", "$$", "${EXTRA}", "${"],
                        "env": [["name": "A", "value": "${DIR}"], ["name": "B", "value": "b"]],
                        "volumeMounts": [["name": "${DIR}", "mountPath": "${DIR}/x", "subPath": "${DIR}"]],
                    ]
                ],
                "volumes": [["name": "cache", "emptyDir": ["medium": "${DIR}"]]],
            ]
        )
        let arguments: Value = [
            ["name": "_IMAGE", "value": "gcr.io/${DIR}"], ["name": "EXTRA", "value": "more"],
        ]
        let env: Value = [["name": "A", "value": "over ${DIR}"], ["name": "C", "value": "c"]]
        let template: Value = ["name": "t", "arguments": arguments, "env": env]
        try world.put(.build, "b", ["template": template, "volumes": [["name": "own"]]])
        let plan = try #require(world[.build, "b"].flatMap(BuildOrder.init)).plan
        let step: Value = [
            "name": "pack-/src", "image": "gcr.io/${DIR}-builder", "workingDir": "/src",
            "args": ["--to", "gcr.io/${DIR}", "${UNKNOWN}", "$DIR", "$(DIR)", "$$", "more", "${"],
            "env": [
                ["name": "B", "value": "b"], ["name": "A", "value": "over /src"], ["name": "C", "value": "c"],
            ],
            "volumeMounts": [["name": "/src", "mountPath": "/src/x", "subPath": "/src"]],
        ]
        #expect(plan.steps == [step])
        #expect(plan.volumes == [["name": "own"], ["name": "cache", "emptyDir": ["medium": "/src"]]])
        // Whoever edits the template does it for later Builds.
        try world.put(.buildTemplate, "t", ["steps": [["image": "other"]]])
        #expect(world[.build, "b"].flatMap(BuildOrder.init)?.plan == plan)
        try world.delete(.buildTemplate, "t")
        #expect(world[.build, "b"].flatMap(BuildOrder.init)?.plan == plan)
    }

    @Test func `a Build of its own steps fills nothing in`() throws {
        var world = World(EngineSettings(hasBuilder: true))
        try world.put(.build, "b", ["steps": [["image": "x", "args": ["${A}"]]]])
        #expect(world[.build, "b"].flatMap(BuildOrder.init)?.plan.steps == [["image": "x", "args": ["${A}"]]])
    }

    @Test func `a Build that is over is never begun again, and its builder hears of its end`() throws {
        var world = World(EngineSettings(hasBuilder: true))
        try world.put(.build, "b", ["steps": [["image": "x"]]])
        let key = World.key(.build, "b")
        try world.apply(.unmark(key, .wished, ifVersionAtMost: .max))
        try world.build("b", .true)
        #expect(world.state.marked(.wished) == [key])
        try world.apply(.unmark(key, .wished, ifVersionAtMost: .max))
        let build = try #require(world[.build, "b"])
        let late = BuildReport(.couldNotStart(message: "late"), builder: "Cluster")
        #expect(
            build.buildStatus.told(late, of: BuildPlan(build.spec, template: nil), hasSource: false, at: world.now)
                == build.buildStatus
        )
        try world.put(.build, "b", labels: ["a": "b"], build.spec)
        #expect(world.state.marked(.wished) == [])
    }
}

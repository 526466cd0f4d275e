import Resources
import Store
import Testing
import YAML

@testable import Engine

@Suite struct BuildReconcilerTests {
    private static let step: Value = ["name": "a", "image": "x"]

    static let codes: [(String, Value)] = [
        ("TemplateAndSteps", ["template": ["name": "t"], "steps": [step]]),
        ("MissingTemplateName", ["template": ["arguments": []]]),
        (
            "DuplicateArgName",
            ["template": ["name": "t", "arguments": [["name": "A", "value": "1"], ["name": "A", "value": "2"]]]]
        ),
        ("DuplicateStepName", ["steps": [step, step]]),
        ("DuplicateVolumeName", ["steps": [step], "volumes": [["name": "v"], ["name": "v"]]]),
        ("DuplicateVolume", ["steps": [step], "volumes": [["name": "workspace"]]]),
        ("MissingUrl", ["steps": [step], "source": ["git": ["branch": "main"]]]),
        ("MissingCommitish", ["steps": [step], "source": ["git": ["url": "https://x"]]]),
        ("MissingLocation", ["steps": [step], "source": ["gcs": ["type": "Archive"]]]),
        ("OmitName", ["steps": [step], "source": ["custom": ["name": "x", "image": "y"]]]),
        ("UnrecognizedSource", ["steps": [step], "source": [:]]),
        ("UnsatisfiedParameter", ["template": ["name": "t"]]),
        ("InvalidTemplate", ["template": ["name": "bad"]]),
        (
            "DuplicateVolume",
            [
                "template": ["name": "t", "arguments": [["name": "IMAGE", "value": "x"]]],
                "volumes": [["name": "cache"]],
            ]
        ),
    ]

    @Test(arguments: codes)
    func `a Build that breaks a rule says which`(code: String, spec: Value) throws {
        var world = World()
        try world.put(
            .buildTemplate,
            "t",
            ["parameters": [["name": "IMAGE"]], "steps": [Self.step], "volumes": [["name": "cache"]]]
        )
        try world.put(.buildTemplate, "bad", ["steps": [Self.step, Self.step]])
        try world.put(.build, spec)
        #expect(world.condition(.build, "Succeeded") == "False/\(code)")
        #expect(world.condition(.build, "Invalid") == "True/\(code)")
        #expect(world.condition(.build, "Complete") == nil)
        #expect(world.state.nextDue == nil)
    }

    @Test func `without a builder a valid Build waits and says so, with one it is pending`() throws {
        for (settings, reason) in [(EngineSettings(), "NoBuilder"), (EngineSettings(hasBuilder: true), "Pending")] {
            var world = World(settings)
            try world.put(.build, ["steps": [Self.step]])
            #expect(world.condition(.build, "Succeeded") == "Unknown/\(reason)")
            #expect(world.condition(.build, "Complete") == "False/\(reason)")
        }
    }

    @Test func `arguments that match no parameter are allowed, and an empty default is one`() throws {
        var world = World()
        try world.put(.buildTemplate, "t", ["parameters": [["name": "A", "default": ""]], "steps": [Self.step]])
        try world.put(.build, ["template": ["name": "t", "arguments": [["name": "X", "value": "1"]]]])
        #expect(world.condition(.build, "Succeeded") == "Unknown/NoBuilder")
    }

    @Test func `a template that is missing is waited for, for 120 seconds`() throws {
        var world = World(EngineSettings(hasBuilder: true))
        try world.put(.build, ["template": ["name": "nodejs_8_9_4", "namespace": "build-templates"]])
        #expect(world.condition(.build, "Succeeded") == "Unknown/BuildTemplateMissing")
        try world.wait(.milliseconds(119_999))
        #expect(world.condition(.build, "Succeeded") == "Unknown/BuildTemplateMissing")
        try world.wait(.milliseconds(1))
        #expect(world.condition(.build, "Succeeded") == "False/BuildTemplateMissing")
        #expect(world.state.nextDue == nil)
    }

    @Test func `without a builder a missing template has no deadline, and is named`() throws {
        var world = World()
        try world.put(.build, ["template": ["name": "t"]])
        #expect(world.condition(.build, "Succeeded") == "Unknown/NoBuilder")
        let message = world[.build]?.buildStatus.conditions["Succeeded"]?.message
        #expect(message?.contains("BuildTemplate \"t\" was not found") == true)
        #expect(world.state.nextDue == nil)
    }

    @Test func `a template that comes in time is used, and may go again`() throws {
        var world = World(EngineSettings(hasBuilder: true))
        try world.put(.build, ["template": ["name": "t"]])
        try world.wait(.seconds(60))
        try world.put(.buildTemplate, "t", ["steps": [Self.step]])
        #expect(world.condition(.build, "Succeeded") == "Unknown/Pending")
        #expect(world.state.nextDue == nil)
        try world.delete(.buildTemplate, "t")
        #expect(world.condition(.build, "Succeeded") == "Unknown/Pending")
    }

    @Test func `a Build that is over stays as it is`() throws {
        var world = World()
        try world.put(.build, ["steps": [Self.step]])
        try world.build("shop", .false, "BuildStepFailed", "build step \"a\" exited with code 1")
        try world.put(.build, labels: ["a": "b"], ["steps": [Self.step]])
        #expect(world.condition(.build, "Succeeded") == "False/BuildStepFailed")
    }

    @Test(
        arguments: [
            ("DuplicateStepName", ["steps": [step, step]]),
            ("DuplicateVolumeName", ["steps": [step], "volumes": [["name": "v"], ["name": "v"]]]),
            ("DuplicateParamName", ["steps": [step], "parameters": [["name": "A"], ["name": "A"]]]),
            ("NestedPlaceholder", ["steps": [["image": "x", "args": ["${A${B}}"]]]]),
            ("NestedPlaceholder", ["steps": [["image": "x", "env": [["name": "E", "value": "${A$B}"]]]]]),
        ] as [(String, Value)]
    )
    func `a template that breaks a rule says which, until it is mended`(code: String, spec: Value) throws {
        var world = World()
        try world.put(.buildTemplate, spec)
        #expect(world.condition(.buildTemplate, "Invalid") == "True/\(code)")
        try world.put(.buildTemplate, ["steps": [["image": "x", "args": ["${A}${B}", "$", "$X", "${}$"]]]])
        #expect(world[.buildTemplate]?.status.conditions.list == [])
    }
}

import Foundation
import Glibc
import TestSupport
import Testing

/// Remotes and state folders that do not do what is asked of them: nothing that is live changes, no run crashes, and the
/// message says where and what to do.
@Suite struct BadCircumstancesTests {
    @Test(arguments: BadCircumstances.rows)
    func `nothing live changes when the surroundings fail`(row: BadCircumstances.Row) throws {
        let scene = try Scene(["shop.yaml": service("shop"), "cart.yaml": service("cart")])
        #expect(try scene.sync("--name", "live").status == 0)
        let live = try scene.elafros.digest(state: scene.state)

        let outcome = try row.run(scene)

        #expect(outcome.status == row.status, "\(outcome.text)")
        for message in row.messages { #expect(outcome.text.contains(message), "\(outcome.text)") }
        try row.mend(scene)
        #expect(try Elafros().digest(state: scene.state) == live)
    }
}

enum BadCircumstances {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let status: Int32
        let messages: [String]
        let run: @Sendable (Scene) throws -> Elafros.Outcome
        let mend: @Sendable (Scene) throws -> Void

        init(
            _ testDescription: String,
            status: Int32 = 2,
            says messages: [String],
            mend: @escaping @Sendable (Scene) throws -> Void = { _ in },
            _ run: @escaping @Sendable (Scene) throws -> Elafros.Outcome
        ) {
            self.testDescription = testDescription
            self.status = status
            self.messages = messages
            self.run = run
            self.mend = mend
        }
    }

    /// A sync of another remote into the state folder whose services are live.
    private static func sync(_ scene: Scene, from url: String, _ words: String...) throws -> Elafros.Outcome {
        try scene.elafros.run(
            ["sync", "--repo", url, "--state", scene.state, "--git-timeout", "2", "--lock-timeout", "1"] + words
        )
    }

    /// Mounts made behind these words are seen by nobody else, and end with the run.
    private static let inNamespace = ["unshare", "--mount"] + (getuid() == 0 ? [] : ["--map-root-user"])

    /// Runs the program with its state on a disk of 4 MB that is full, and puts back what the disk holds in the end.
    private static func onFullDisk(_ scene: Scene, _ words: (String) -> [String]) throws -> Elafros.Outcome {
        let disk = scene.folder.path("disk")
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        let script = """
            mount -t tmpfs -o size=4m disk '\(disk)' && cp -a '\(scene.state)/.' '\(disk)/' || exit 99
            cat /dev/zero >'\(disk)/filler' 2>/dev/null
            "$@"
            code=$?
            rm '\(disk)/filler' && cp -a '\(disk)/.' '\(scene.state)/' && exit $code
            """
        var full = scene.elafros
        full.wrapper = inNamespace + ["sh", "-c", script, "sh"]
        return try full.run(words(disk))
    }

    /// Has the database say that it is of another form.
    private static func setForm(_ scene: Scene, to form: String) throws {
        let script = """
            import sqlite3, sys
            state = sqlite3.connect(sys.argv[1])
            state.execute("PRAGMA user_version = " + sys.argv[2])
            state.commit()
            """
        try Program.run("python3", ["-c", script, "\(scene.state)/state.sqlite", form])
    }

    static let rows: [Row] = [
        Row("empty repository", says: ["no commit"]) { scene in
            let empty = try GitRepository(bare: true, in: scene.folder, named: "empty.git")
            return try sync(scene, from: empty.path)
        },
        Row("all manifests gone", status: 5, says: ["--allow-empty"]) { scene in
            try scene.push(["shop.yaml": nil, "cart.yaml": nil])
            return try scene.sync("--name", "live")
        },
        Row("branch missing", says: ["nope", "main"]) { scene in
            try sync(scene, from: scene.remote.path, "--name", "live", "--branch", "nope")
        },
        Row("folder missing", says: ["nope"]) { scene in
            try sync(scene, from: scene.remote.path, "--branch", "main", "--path", "nope")
        },
        Row("path that is not there", says: ["nowhere.git"]) { scene in
            try sync(scene, from: scene.folder.path("nowhere.git"))
        },
        Row("remote refused", says: ["http://127.0.0.1:1/x.git"]) { scene in
            try sync(scene, from: "http://127.0.0.1:1/x.git")
        },
        Row("another address under the same name", says: ["--adopt"]) { scene in
            let other = try scene.work.bareCopy(in: scene.folder, named: "other.git")
            return try sync(scene, from: other.path, "--name", "live", "--branch", "main")
        },
        Row("report on the followed branch", says: ["main"]) { scene in
            try scene.sync("--name", "live", "--report-branch", "main")
        },
        Row("state folder that cannot be written", says: ["state"]) { scene in
            try scene.push(["new.yaml": service("new")])
            var plain = scene.elafros
            plain.wrapper = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=pwrite64:error=EROFS"]
            return try plain(
                "sync",
                "--name",
                "live",
                "--repo",
                scene.remote.path,
                "--branch",
                "main",
                "--state",
                scene.state
            )
        },
        Row("full disk under the mirror", says: ["mirrors/live.git", "No space left", "free some space"]) { scene in
            try scene.push(["new.yaml": service("new")])
            return try onFullDisk(scene) { disk in
                ["sync", "--name", "live", "--repo", scene.remote.path, "--branch", "main", "--state", disk]
            }
        },
        Row("full disk under the state", says: ["state.sqlite", "full", "free some space"]) { scene in
            try onFullDisk(scene) { disk in ["delete", "service", "cart", "--state", disk] }
        },
        Row("state folder that is read-only", says: ["state", "Read-only"]) { scene in
            try scene.push(["new.yaml": service("new")])
            var plain = scene.elafros
            // A tree that the kernel itself does not let anyone write to, root included, and for this run alone.
            let mount = "mount --bind '\(scene.state)' '\(scene.state)' && mount -o remount,bind,ro '\(scene.state)'"
            plain.wrapper = inNamespace + ["sh", "-c", "\(mount) && exec \"$@\"", "sh"]
            return try plain.run([
                "sync", "--name", "live", "--repo", scene.remote.path, "--branch", "main", "--state", scene.state,
            ])
        },
        Row(
            "state of a newer version",
            says: ["state.sqlite", "newer version of elafros"],
            mend: { try setForm($0, to: "1") }
        ) { scene in
            try setForm(scene, to: "999")
            return try scene.sync("--name", "live")
        },
        Row("state folder held by another process", status: 6, says: ["is writing it", "--lock-timeout"]) { scene in
            // The lock is held for as long as the run takes, by the program that starts it.
            var held = scene.elafros
            held.wrapper = ["flock", "\(scene.state)/lock"]
            return try held(
                "sync",
                "--name",
                "live",
                "--repo",
                scene.remote.path,
                "--branch",
                "main",
                "--state",
                scene.state,
                "--lock-timeout",
                "1"
            )
        },
        Row("words that mean nothing", status: 64, says: ["--frobnicate"]) { scene in
            try scene.elafros("sync", "--repo", scene.remote.path, "--frobnicate")
        },
    ]
}

internal import Git
internal import GitOps
internal import Resources
internal import YAML

/// The file that `elafros init` prints: the least that works, and what else may be said, as comments.
enum StarterFile {
    /// The text.
    ///
    /// - Throws: `GitError` where `repo` is no address.
    static func text(repo: String, name: String?) throws -> String {
        let remote = try RemoteURL(repo)
        let name = name ?? remote.defaultName
        let host = remote.kind == .path ? "https://example.com/acme" : String(repo.prefix { $0 != "?" })
        return """
            # What Elafros follows: elafros serve --config elafros.yaml
            # Check and explain it:  elafros config check elafros.yaml
            apiVersion: \(ConfigDocument.apiVersion)
            kind: Sync
            metadata:
              name: \(Value.string(name).yamlScalar)
            spec:
              url: \(Value.string(remote.kind == .path ? repo : remote.withoutCredentials).yamlScalar)
              # ref: {branch: main}            # or tag, commit, or semver: ">=1.2.0 <2.0.0"; default: the remote's own branch
              # path: deploy/live              # only the manifests in this folder
              # include: ["*.yaml"]            # patterns as in .gitignore
              # exclude: ["drafts/"]
              # secretRef: {name: acme}        # the Credentials below

              interval: 30s                    # how often the remote is asked
              # schedule: "0 3 * * *"          # when it runs besides; with timeZone: Europe/Berlin
              # windows:                       # when anything may be applied
              # - {kind: deny, schedule: "0 17 * * 5", duration: 62h, timeZone: Europe/Berlin}
              # suspend: true                  # nothing is done for now
              # dependsOn: [{name: platform}]  # runs once that is in sync and ready

              # prune: false                   # keep what git no longer names
              # maxPrune: 50                   # refuse to prune more percent at once
              # drift: report                  # heal (default), report or ignore changes by hand
              # ignoreDifferences:
              # - {kind: Service, jsonPointers: [/spec/runLatest/rollout]}
              # failurePolicy: atomic          # one invalid manifest holds back everything
              # namespaces: [shop]             # what this source may touch
              # kinds: [Service]

              report:
                branch: elafros-status         # where the status is written, as commits
                # keep: 1000                   # how many of these commits are kept; default: all
                # secretRef: {name: acme}      # the Credentials with a signingKey: commits are signed with it
                # verify: true                 # and a branch that is not signed so is refused
                # notes: true                  # a git note on each commit tells what it came to
              # retry: {initial: 30s, factor: 2, max: 5m}
              # webhook: {provider: github, secretRef: {name: acme}}   # POST /hooks/\(name) on --hook-listen
            # ---
            # apiVersion: \(ConfigDocument.apiVersion)
            # kind: Credentials
            # metadata:
            #   name: acme
            # spec:
            #   urls: [\(host)]
            #   token: {env: ACME_TOKEN}       # or {file: /run/secrets/token}; username, password, sshKey, …
            #   webhookSecret: {file: hook-secret}
            #   signingKey: {file: report-key} # made by: ssh-keygen -t ed25519 -N '' -f report-key

            """
    }
}

extension Value {
    /// The value as it stands after a key.
    fileprivate var yamlScalar: String {
        var text = yaml
        while text.hasSuffix("\n") { text.removeLast() }
        return text
    }
}

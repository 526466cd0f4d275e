import Foundation
import Glibc

/// A real sshd on a port of the loopback interface, which lets the current user in with keys made for the test.
public final class SSHRemote {
    /// What has to be installed: `Tests/run.sh` sees to it.
    public static var isAvailable: Bool {
        ["sshd", "ssh-keygen"].allSatisfy { Program.find($0) != nil }
    }

    /// The port.
    public let port: Int
    /// The user that may come in.
    public let user = NSUserName()
    /// A private key that the server knows.
    public let keyFile: String
    /// A private RSA key that the server knows.
    public let rsaKeyFile: String
    /// A private key that the server knows, encrypted with `secret`.
    public let encryptedKeyFile: String
    /// A known_hosts file with the server's keys.
    public let knownHostsFile: String
    /// The same with the host's name hashed.
    public let hashedKnownHostsFile: String
    private let folder: TemporaryFolder
    private let server: Server

    /// Starts a server with an ECDSA and an ed25519 host key.
    public init() throws {
        let folder = try TemporaryFolder()
        self.folder = folder
        port = try Port.unused()
        keyFile = folder.path("key")
        rsaKeyFile = folder.path("rsa")
        encryptedKeyFile = folder.path("encrypted")
        knownHostsFile = folder.path("known_hosts")
        hashedKnownHostsFile = folder.path("hashed_hosts")
        for (name, type, passphrase) in [
            ("key", "ed25519", ""), ("rsa", "rsa", ""), ("encrypted", "ed25519", "secret"), ("host", "ed25519", ""),
            ("host2", "ecdsa", ""),
        ] {
            try Program.run(
                "ssh-keygen",
                ["-q", "-t", type, "-N", passphrase, "-f", folder.path(name)] + (type == "rsa" ? ["-b", "2048"] : [])
            )
        }
        let keys = ["key.pub", "rsa.pub", "encrypted.pub"].compactMap { folder.text(of: $0) }
        try folder.write(keys.joined(), to: "authorized_keys", permissions: 0o600)
        let hostKeys = ["host.pub", "host2.pub"].compactMap { folder.text(of: $0) }.map { [port] key in
            "[127.0.0.1]:\(port) " + key.split(separator: " ").prefix(2).joined(separator: " ") + "\n"
        }
        try folder.write("# known hosts of a test\n" + hostKeys.joined(), to: "known_hosts")
        try folder.write(hostKeys.joined(), to: "hashed_hosts")
        try Program.run("ssh-keygen", ["-q", "-H", "-f", hashedKnownHostsFile])
        let configuration = """
            Port \(port)
            ListenAddress 127.0.0.1
            HostKey \(folder.path("host"))
            HostKey \(folder.path("host2"))
            AuthorizedKeysFile \(folder.path("authorized_keys"))
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin prohibit-password
            StrictModes no
            UsePAM no
            PidFile none
            """
        try folder.write(configuration + "\n", to: "sshd_config")
        // Where sshd keeps privileges apart; made by its service, which does not run here. Without the right to make it,
        // sshd does not need it either.
        if getuid() == 0 { mkdir("/run/sshd", 0o755) }
        let log = folder.path("sshd.log")
        server = try Server("sshd", ["-D", "-e", "-f", folder.path("sshd_config")], log: log)
        try server.waitForPort(port, log: log)
    }

    /// The address of a repository on this machine.
    public func address(of path: String) -> String { "ssh://\(user)@127.0.0.1:\(port)\(path)" }

    /// Starts an agent that holds no key yet.
    public func startAgent() throws -> SSHAgent { try SSHAgent() }
}

/// An agent that keeps keys for SSH, for as long as somebody holds it.
public final class SSHAgent {
    /// What `SSH_AUTH_SOCK` is to say.
    public let socket: String
    private let folder: TemporaryFolder
    private let server: Server

    init() throws {
        folder = try TemporaryFolder()
        socket = folder.path("agent")
        server = try Server("ssh-agent", ["-D", "-a", socket], log: folder.path("agent.log"))
        try server.waitForFile(socket)
    }

    /// Gives the agent a key that is not encrypted.
    public func add(_ keyFile: String) throws {
        try Program.run("ssh-add", ["-q", keyFile], environment: ["SSH_AUTH_SOCK": socket])
    }
}

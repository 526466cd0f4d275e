import Foundation

/// Repositories served over HTTP(S) by git's own backend, behind nginx, on a port of the loopback interface.
public final class HTTPRemote {
    /// Who may come in.
    public enum Access {
        /// Everybody, to read and to write.
        case open
        /// Basic authentication.
        case password(user: String, password: String)
        /// One bearer token.
        case bearer(String)
    }

    /// What has to be installed: `Tests/run.sh` sees to it.
    public static var isAvailable: Bool {
        ["nginx", "fcgiwrap", "git-http-backend", "openssl"].allSatisfy { Program.find($0) != nil }
    }

    /// `http://127.0.0.1:port`, or `https://localhost:port`; a repository's folder name follows.
    public let address: String
    /// The port.
    public let port: Int
    /// The file of the authority that signed the server's certificate, if it has one.
    public let authorityFile: String?
    private let folder: TemporaryFolder
    private let backend: Server
    private let server: Server

    /// Serves the repositories in a folder.
    public init(serving repositories: String, access: Access = .open, encrypted: Bool = false) throws {
        folder = try TemporaryFolder()
        port = try Port.unused()
        authorityFile = encrypted ? folder.path("ca.pem") : nil
        address = encrypted ? "https://localhost:\(port)" : "http://127.0.0.1:\(port)"
        if encrypted { try Self.makeCertificates(in: folder) }
        backend = try Server("fcgiwrap", ["-s", "unix:\(folder.path("backend"))"], log: folder.path("backend.log"))
        try backend.waitForFile(folder.path("backend"))
        try folder.write(
            Self.configuration(
                port: port,
                folder: folder,
                repositories: repositories,
                access: access,
                encrypted: encrypted
            ),
            to: "nginx.conf"
        )
        let log = folder.path("nginx.log")
        server = try Server(
            "nginx",
            ["-p", folder.path, "-c", folder.path("nginx.conf"), "-e", log],
            log: log + ".out"
        )
        try server.waitForPort(port, log: log)
    }

    /// Answers every request with a redirect to another address.
    public init(redirectingTo other: String) throws {
        folder = try TemporaryFolder()
        port = try Port.unused()
        authorityFile = nil
        address = "http://127.0.0.1:\(port)"
        let location = "location / { return 301 \(other)$request_uri; }"
        try folder.write(Self.frame(folder, server: "listen 127.0.0.1:\(port); \(location)"), to: "nginx.conf")
        let log = folder.path("nginx.log")
        server = try Server(
            "nginx",
            ["-p", folder.path, "-c", folder.path("nginx.conf"), "-e", log],
            log: log + ".out"
        )
        backend = server
        try server.waitForPort(port, log: log)
    }

    /// The lines of requests that came in, as `GET /shop.git/info/refs?service=git-upload-pack 200 user`.
    public var requests: [String] {
        (folder.text(of: "access.log") ?? "").split(separator: "\n").map(String.init)
    }

    private static func frame(_ folder: TemporaryFolder, server: String) -> String {
        """
        daemon off;
        master_process off;
        pid nginx.pid;
        events {}
        http {
            log_format plain '$request_method $request_uri $status $http_authorization';
            access_log \(folder.path)/access.log plain;
            client_max_body_size 0;
            client_body_temp_path \(folder.path)/body;
            proxy_temp_path \(folder.path)/proxy;
            fastcgi_temp_path \(folder.path)/fastcgi;
            uwsgi_temp_path \(folder.path)/uwsgi;
            scgi_temp_path \(folder.path)/scgi;
            server { \(server) }
        }
        """
    }

    private static func configuration(
        port: Int,
        folder: TemporaryFolder,
        repositories: String,
        access: Access,
        encrypted: Bool
    ) throws -> String {
        var guardLines = ""
        switch access {
        case .open: break
        case .password(let user, let password):
            try folder.write("\(user):{PLAIN}\(password)\n", to: "passwords")
            guardLines = "auth_basic git; auth_basic_user_file \(folder.path("passwords"));"
        case .bearer(let token):
            guardLines = "if ($http_authorization != \"Bearer \(token)\") { return 401; }"
        }
        let certificates =
            "ssl_certificate \(folder.path("server.pem")); ssl_certificate_key \(folder.path("server.key"));"
        return frame(
            folder,
            server: """
                listen 127.0.0.1:\(port)\(encrypted ? " ssl" : ""); \(encrypted ? certificates : "")
                location / {
                    \(guardLines)
                    fastcgi_pass unix:\(folder.path("backend"));
                    fastcgi_param SCRIPT_FILENAME \(Program.find("git-http-backend") ?? "");
                    fastcgi_param GIT_PROJECT_ROOT \(repositories);
                    fastcgi_param GIT_HTTP_EXPORT_ALL "";
                    fastcgi_param PATH_INFO $uri;
                    fastcgi_param QUERY_STRING $query_string;
                    fastcgi_param REQUEST_METHOD $request_method;
                    fastcgi_param CONTENT_TYPE $content_type;
                    fastcgi_param CONTENT_LENGTH $content_length;
                    fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
                    fastcgi_param REMOTE_ADDR $remote_addr;
                    fastcgi_param REMOTE_USER "tester";
                }
                """
        )
    }

    /// An authority of the test's own, and a certificate for `localhost` that it signed.
    private static func makeCertificates(in folder: TemporaryFolder) throws {
        let subject = ["-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        try Program.run(
            "openssl",
            ["req", "-x509", "-days", "2", "-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.pem"]
                + subject,
            in: folder.path
        )
        try Program.run(
            "openssl",
            ["req", "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr"] + subject,
            in: folder.path
        )
        try folder.write("subjectAltName=DNS:localhost\n", to: "names")
        try Program.run(
            "openssl",
            [
                "x509", "-req", "-days", "2", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial",
                "-extfile", "names", "-out", "server.pem",
            ],
            in: folder.path
        )
    }
}

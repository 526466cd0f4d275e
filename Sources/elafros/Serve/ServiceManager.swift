internal import Glibc
internal import ServiceLifecycle

/// What systemd is told (sd_notify): that the daemon is there, lives, and ends. Without systemd, nobody.
enum ServiceManager {
    /// Sends a line to the socket in `NOTIFY_SOCKET`; does nothing where there is none.
    static func tell(_ line: String) {
        guard let name = getenv("NOTIFY_SOCKET") else { return }
        var path = Array(String(cString: name).utf8)
        // An abstract name begins with a zero byte, which a variable cannot hold.
        if path.first == UInt8(ascii: "@") { path[0] = 0 }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            guard path.count < bytes.count else { return false }
            bytes.copyBytes(from: path)
            return true
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard fits, descriptor >= 0 else { return }
        defer { close(descriptor) }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let bytes = Array(line.utf8)
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, size)
            }
        }
    }

    /// How often systemd wants to hear that the daemon lives; nil where it does not watch.
    static func watchdogInterval(_ environment: [String: String]) -> Duration? {
        guard let microseconds = environment["WATCHDOG_USEC"].flatMap(Int64.init), microseconds > 0 else { return nil }
        // The variable may be meant for the process that started this one.
        if let process = environment["WATCHDOG_PID"].flatMap(pid_t.init), process != getpid() { return nil }
        return .microseconds(microseconds)
    }
}

/// Tells systemd again and again that the daemon's own parts answer, and that it ends when it does.
struct Heartbeat: Service {
    let daemon: Daemon
    /// How often it is to be heard; nil for not at all.
    let interval: Duration?

    func run() async throws {
        do {
            while let interval {
                try await GracefulSleep.sleep(for: interval / 2)
                await daemon.beat()
                ServiceManager.tell("WATCHDOG=1")
            }
            try await gracefulShutdown()
        } catch is CancellationError {
            // The daemon is to end.
        }
        ServiceManager.tell("STOPPING=1")
    }
}

internal import ArgumentParser

/// Where a listener listens: `127.0.0.1:8080`, `[::1]:8080`, `:8080` for all addresses; port 0 takes a free one.
struct ListenAddress: Hashable, Sendable, ExpressibleByArgument {
    /// The address or name, without brackets.
    let host: String
    /// 0...65535.
    let port: Int

    /// Reads an address; nil for anything else.
    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), let port = Int(argument[argument.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = String(argument[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        }
        self.init(host: host.isEmpty ? "0.0.0.0" : host, port: port)
    }

    /// An address.
    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// As a URL names it.
    func text(port: Int) -> String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// As help shows it.
    var defaultValueDescription: String { text(port: port) }
}

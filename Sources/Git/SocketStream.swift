internal import CLibGit2
internal import Glibc

/// The plain socket that libgit2's HTTP, TLS and SSH run over, in place of its own: it connects within the deadline, and is
/// filed under the conversation that opened it, so that the watchdog can shut it down.
///
/// The struct repeats libgit2's private `git_socket_stream`, which the SSH transport takes it for; the SSH tests fail should
/// another version of libgit2 lay it out differently.
enum SocketStream {
    /// Has libgit2 use our sockets from now on.
    static func register() throws(GitError) {
        var registration = git_stream_registration(version: GIT_STREAM_VERSION, init: make, wrap: nil)
        try check("register sockets") { git_stream_register(GIT_STREAM_STANDARD, &registration) }
    }

    private typealias Stream = UnsafeMutablePointer<git_stream>

    /// The struct around a stream: the stream is its first field.
    private static func whole(_ stream: Stream?) -> UnsafeMutablePointer<elafros_stream>? {
        stream.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: elafros_stream.self) }
    }

    private static func exchange(_ stream: UnsafeMutablePointer<elafros_stream>) -> Exchange? {
        stream.pointee.exchange.map { Unmanaged<Exchange>.fromOpaque($0).takeUnretainedValue() }
    }

    private static let make:
        @convention(c) (
            UnsafeMutablePointer<Stream?>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?
        ) -> CInt = { out, host, port in
            guard let out, let host, let port, let exchange = Exchange.current else {
                return fail("a connection was opened outside of an exchange")
            }
            let made = UnsafeMutablePointer<elafros_stream>.allocate(capacity: 1)
            made.initialize(to: elafros_stream())
            made.pointee.parent.version = GIT_STREAM_VERSION
            made.pointee.parent.connect = connect
            made.pointee.parent.read = read
            made.pointee.parent.write = write
            made.pointee.parent.close = close
            made.pointee.parent.free = free
            made.pointee.host = strdup(host)
            made.pointee.port = strdup(port)
            made.pointee.socket = -1
            // Released by `free`.
            made.pointee.exchange = Unmanaged.passRetained(exchange).toOpaque()
            out.pointee = UnsafeMutableRawPointer(made).assumingMemoryBound(to: git_stream.self)
            return 0
        }

    private static let connect: @convention(c) (Stream?) -> CInt = { stream in
        guard let stream = whole(stream), let exchange = exchange(stream) else { return -1 }
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(stream.pointee.host, stream.pointee.port, &hints, &found)
        guard code == 0 else {
            exchange.connectError = ENOENT
            return fail("the host's name cannot be resolved: \(String(cString: gai_strerror(code)))")
        }
        defer { freeaddrinfo(found) }
        var address = found
        while let next = address {
            if let socket = open(next.pointee, in: exchange) {
                stream.pointee.socket = socket
                return 0
            }
            address = next.pointee.ai_next
        }
        let words = exchange.connectError.map { String(cString: strerror($0)) } ?? "no address"
        return fail("cannot connect: \(words)")
    }

    /// Connects to one address, or notes why not.
    private static func open(_ address: addrinfo, in exchange: Exchange) -> CInt? {
        let flags = CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.ai_family, address.ai_socktype | flags, address.ai_protocol)
        guard descriptor >= 0 else {
            exchange.connectError = errno
            return nil
        }
        guard exchange.admit(descriptor) else {
            Glibc.close(descriptor)
            exchange.connectError = ETIMEDOUT
            return nil
        }
        var code: CInt = 0
        if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) != 0 {
            code = errno == EINPROGRESS ? outcome(of: descriptor, in: exchange) : errno
        }
        guard code == 0 else {
            exchange.connectError = code
            exchange.close(descriptor)
            return nil
        }
        // Blocking from here on: libgit2 and libssh2 expect it, and the watchdog ends any wait.
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
        var yes: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<CInt>.size))
        return descriptor
    }

    /// Waits until a connection stands; returns 0 or an errno.
    private static func outcome(of descriptor: CInt, in exchange: Exchange) -> CInt {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        var ready = poll(&waiting, 1, exchange.millisecondsLeft)
        while ready < 0, errno == EINTR { ready = poll(&waiting, 1, exchange.millisecondsLeft) }
        guard ready > 0 else { return ETIMEDOUT }
        var code: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno
    }

    private static let read: @convention(c) (Stream?, UnsafeMutableRawPointer?, Int) -> Int = { stream, data, length in
        guard let stream = whole(stream) else { return -1 }
        while true {
            let count = recv(stream.pointee.socket, data, length, 0)
            if count >= 0 { return count }
            if errno != EINTR { return Int(fail("cannot read from the remote: \(String(cString: strerror(errno)))")) }
        }
    }

    private static let write: @convention(c) (Stream?, UnsafePointer<CChar>?, Int, CInt) -> Int = {
        stream,
        data,
        length,
        _ in
        guard let stream = whole(stream) else { return -1 }
        while true {
            // Without the signal that would end the process when the other side has gone.
            let count = send(stream.pointee.socket, data, length, CInt(MSG_NOSIGNAL))
            if count >= 0 { return count }
            if errno != EINTR { return Int(fail("cannot write to the remote: \(String(cString: strerror(errno)))")) }
        }
    }

    private static let close: @convention(c) (Stream?) -> CInt = { stream in
        guard let stream = whole(stream), stream.pointee.socket >= 0 else { return 0 }
        exchange(stream)?.close(stream.pointee.socket)
        stream.pointee.socket = -1
        return 0
    }

    private static let free: @convention(c) (Stream?) -> Void = { stream in
        guard let stream = whole(stream) else { return }
        // A handshake that fails frees its stream without closing it.
        if stream.pointee.socket >= 0 { exchange(stream)?.close(stream.pointee.socket) }
        Glibc.free(stream.pointee.host)
        Glibc.free(stream.pointee.port)
        if let exchange = stream.pointee.exchange { Unmanaged<Exchange>.fromOpaque(exchange).release() }
        stream.deallocate()
    }

    /// Leaves words for libgit2's caller to find.
    private static func fail(_ words: String) -> CInt {
        git_error_set_str(CInt(GIT_ERROR_NET.rawValue), words)
        return -1
    }
}

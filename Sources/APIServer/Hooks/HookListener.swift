internal import HTTPTypes
public import Hummingbird
public import Logging
internal import NIOCore
internal import Synchronization

/// The listener of the forges: `POST /hooks/NAME` tells the Sync of that name that there may be something new.
///
/// All it does is to believe a delivery or not; what is believed is handed on as a hint. A stranger learns nothing: a
/// name that no hook has is answered as a wrong signature is, after the same work.
public final class HookListener: Sendable {
    private let limits: ListenerLimits
    private let rememberedDeliveries: Int
    private let hook: @Sendable (String) -> Hook?
    private let received: @Sendable (String, HookVerdict) async -> Void
    private let unknown = Hook.unknown()
    /// What each hook has taken. Only right signatures get an entry, so that there are no more than hooks.
    private let memories = Mutex<[String: DeliveryMemory]>([:])

    /// Creates a listener.
    ///
    /// - Parameters:
    ///   - limits: what a client can hold of it.
    ///   - rememberedDeliveries: how many deliveries of each hook are known again.
    ///   - hook: the hook of a Sync; nil where it has none. Asked for every request, so that it must be cheap.
    ///   - received: told of every delivery to a hook that there is, refused ones too. The forge waits for it: it is to
    ///     note the hint and return, and to make one of many that come at once.
    public init(
        limits: ListenerLimits = ListenerLimits(),
        rememberedDeliveries: Int = 256,
        hook: @escaping @Sendable (String) -> Hook?,
        received: @escaping @Sendable (String, HookVerdict) async -> Void
    ) {
        self.limits = limits
        self.rememberedDeliveries = rememberedDeliveries
        self.hook = hook
        self.received = received
    }
}

extension HookListener {
    /// The server, ready to run in a service group: it stops accepting at a graceful shutdown and finishes what it has
    /// begun.
    ///
    /// - Parameters:
    ///   - address: where to listen; port 0 takes a free one.
    ///   - onListening: called once with the port.
    public func application(
        listeningOn address: BindAddress,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void
    ) -> some ApplicationProtocol {
        limits.application(listeningOn: address, logger: logger, onListening: onListening) { request in
            await self.response(to: request)
        }
    }

    private func response(to request: Request) async -> Response {
        guard let path = request.uri.path.suffix(after: "/hooks/") else {
            return Response(.notFound, "hooks are at /hooks/NAME\n")
        }
        guard request.method == .post else { return .methodNotAllowed("POST") }
        // Told by its length where there is one, before a byte of it is read.
        if let length = request.headers[.contentLength].flatMap(Int.init), length > limits.maxBodyBytes {
            return tooLarge
        }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: limits.maxBodyBytes)
        } catch is NIOTooManyBytesError {
            return tooLarge
        } catch {
            // The connection broke; nobody reads the answer.
            return Response(.badRequest, "the body is incomplete\n")
        }
        return await answer(to: HookDelivery(headers: request.headers, body: Array(buffer: body)), for: Self.name(path))
    }

    private func answer(to delivery: HookDelivery, for name: String?) async -> Response {
        guard let name, let hook = hook(name) else {
            _ = unknown.verdict(on: delivery)
            return unauthorized
        }
        let verdict = verdict(of: hook, named: name, on: delivery)
        await received(name, verdict)
        return switch verdict {
        case .push: Response(.accepted, "taken\n")
        case .ping: Response(.ok, "pong\n")
        case .ignored: Response(.ok, "ignored: only pushes are taken\n")
        case .repeated: Response(.ok, "taken before\n")
        case .refused: unauthorized
        }
    }

    private func verdict(of hook: Hook, named name: String, on delivery: HookDelivery) -> HookVerdict {
        let verdict = hook.verdict(on: delivery)
        if case .refused = verdict { return verdict }
        return memories.withLock { memories in
            memories[name, default: DeliveryMemory(capacity: rememberedDeliveries)]
                .verdict(of: hook, on: delivery, judged: verdict)
        }
    }

    private var unauthorized: Response { Response(.unauthorized, "no such hook, or the signature is wrong\n") }

    private var tooLarge: Response {
        Response(.contentTooLarge, "the body is larger than \(limits.maxBodyBytes) bytes\n")
    }

    /// The name in a path, decoded; nil where no Sync can be called so.
    private static func name(_ path: Substring) -> String? {
        guard path.utf8.count <= maxNameBytes * 3, let bytes = PercentEncoding.decoded(path.utf8) else { return nil }
        guard (1...maxNameBytes).contains(bytes.count), let name = String(validating: bytes, as: UTF8.self) else {
            return nil
        }
        return name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f } ? name : nil
    }

    /// The longest name that an object may have.
    private static let maxNameBytes = 253
}

extension String {
    fileprivate func suffix(after prefix: String) -> Substring? {
        hasPrefix(prefix) ? self[index(startIndex, offsetBy: prefix.count)...] : nil
    }
}

public import Resources
internal import Synchronization

/// The endpoints that live in this process, by Revision.
///
/// The in-process runtime writes it, the gateway reads it once a request, each for the length of one dictionary access.
public final class EndpointRegistry: Sendable {
    private let endpoints = Mutex<[Key: Endpoint]>([:])

    /// Creates a registry in which nothing runs.
    public init() {}

    /// The endpoint that answers for a Revision; nil where none runs here.
    public func endpoint(of revision: Key) -> Endpoint? {
        endpoints.withLock { $0[revision] }
    }

    /// How many endpoints answer.
    public var count: Int { endpoints.withLock { $0.count } }

    /// Lets `starting` answer from now on, each in the place of an earlier one of its Revision, and ends those of
    /// `stopping`, in one step that no request can see the middle of.
    func update(starting: [Endpoint], stopping: [Key]) {
        endpoints.withLock { endpoints in
            for revision in stopping { endpoints[revision] = nil }
            for endpoint in starting { endpoints[endpoint.revision] = endpoint }
        }
    }
}

public import HTTPTypes

/// One delivery of a forge, as it came.
public struct HookDelivery: Sendable {
    /// The header fields of the request.
    public let headers: HTTPFields
    /// The body before anything has read it: that is what the signature covers.
    public let body: [UInt8]

    /// A delivery with those headers and that body.
    public init(headers: HTTPFields, body: [UInt8]) {
        self.headers = headers
        self.body = body
    }
}

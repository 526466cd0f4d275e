public import Resources
public import YAML

/// Who answers for Revisions: the port between the gateway and whatever runs them.
public protocol Responders: Sendable {
    /// What the responder of a Revision says to a request, as names and values in order; nil where nothing answers for it
    /// in this process.
    func answer(of revision: Key) -> Map?
}

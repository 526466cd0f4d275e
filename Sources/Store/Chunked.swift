/// An array whose copies share all that they do not change: chunks of 64 elements under branches of 64 chunks.
///
/// The first write to a chunk after a copy copies that chunk, its branch and the root: 64 elements, 64 references, and
/// one reference for each 4,096 elements. A single level of chunks would make every transaction at 500,000 keys copy a
/// list of 8,000 references. Plain nested arrays do it: their own copy on write is per level.
struct Chunked<Element: Sendable>: Sendable {
    private static var bits: Int { 6 }
    private static var mask: Int { 63 }

    private typealias Chunk = ContiguousArray<Element>
    private var root: ContiguousArray<ContiguousArray<Chunk>> = []
    private let empty: Element
    /// How many elements there are: a multiple of 64.
    private(set) var count = 0

    /// An array of any length all of whose elements are `empty`.
    init(of empty: Element) { self.empty = empty }

    /// The element there; reading past the end gives the empty one.
    @inline(__always)
    subscript(slot: Slot) -> Element {
        // Not `_read`, which keeps the arrays on the way alive for as long as the element is looked at: that costs ten times
        // as much as copying it.
        get {
            let index = Int(slot)
            guard index < count else { return empty }
            return root[index >> (2 * Self.bits)][index >> Self.bits & Self.mask][index & Self.mask]
        }
        _modify {
            let index = Int(slot)
            if index >= count { grow(toHold: index) }
            yield &root[index >> (2 * Self.bits)][index >> Self.bits & Self.mask][index & Self.mask]
        }
    }

    private mutating func grow(toHold index: Int) {
        while count <= index {
            let chunk = Chunk(repeating: empty, count: Self.mask + 1)
            if count & (1 << (2 * Self.bits) - 1) == 0 { root.append([]) }
            root[root.count - 1].append(chunk)
            count += Self.mask + 1
        }
    }
}

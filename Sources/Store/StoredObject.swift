internal import Resources
internal import Synchronization

/// An object that is on the disk alone: read when first asked for, then kept.
///
/// All snapshots that hold the row share this box. The row of an object is written over only by a flush after a
/// transaction changed the object; a transaction reads what it changes, through this box, before it changes it. So the
/// box holds what the row said before the row can say anything else, and older snapshots stay right.
final class StoredObject: Sendable {
    private let slot: Slot
    private let disk: Disk
    private let content = Mutex<Object?>(nil)

    init(slot: Slot, disk: Disk) {
        self.slot = slot
        self.disk = disk
    }

    /// The object, read from the disk the first time.
    func object() throws(StoreError) -> Object {
        // The lock is not held while reading: two readers may both read the row, and the first to finish wins.
        if let object = content.withLock({ $0 }) { return object }
        let read = try disk.journal.readObject(slot)
        return fill(read)
    }

    /// Enters an object that was read together with many others, unless it is there already.
    @discardableResult
    func fill(_ read: Object) -> Object {
        content.withLock { content in
            if let earlier = content { return earlier }
            content = read
            return read
        }
    }
}

internal import GRDB

extension StoreError {
    /// What SQLite answered, with what to do about it.
    init(database error: any Error, doing: String) {
        if let error = error as? StoreError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(.other, doing: doing, reason: "\(error)")
            return
        }
        let said = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_FULL:
            self.init(.full, doing: doing, reason: "\(said); nothing of this was kept; free some space and try again")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            self.init(
                .readOnly,
                doing: doing,
                reason: "\(said); use an account that may write there, or another --state"
            )
        case .SQLITE_CANTOPEN:
            self.init(
                .readOnly,
                doing: doing,
                reason:
                    "\(said); SQLite keeps files beside the database, for reading too: use an account that may write the folder"
            )
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.busy, doing: doing, reason: "\(said); another program has the file open; end it and try again")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT:
            self.init(.damaged, doing: doing, reason: "\(said); \(Self.rebuild)")
        default:
            self.init(.other, doing: doing, reason: said)
        }
    }

    /// A file that SQLite reads and we do not.
    init(damaged what: String, _ path: String) {
        self.init(.damaged, doing: "read \(path)", reason: "\(what); \(Self.rebuild)")
    }

    private static var rebuild: String {
        "the file is damaged; `elafros state rebuild` makes it anew from the report branch"
    }
}

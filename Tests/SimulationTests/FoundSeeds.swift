import Simulation
import Testing

/// What the simulation found, each with the shortest actions that showed it.
@Suite struct FoundSeeds {
    private static let one = Circumstances(folders: [""], isDaemon: true, hasBuilder: true)
    private static let two = Circumstances(
        folders: ["east", "west"],
        isDaemon: true,
        hasBuilder: true,
        hasRealDisk: false
    )

    /// Somebody deletes a Service and leaves its children alone. The next sync makes the Service anew, and it says that
    /// there is a Configuration that it does not own. Then somebody deletes that Configuration: nobody wakes the Service,
    /// which refers to nothing, and it says so for ever.
    @Test func `seed 180, a Service is woken when what stood in its way is gone`() async {
        let actions: [Action] = [
            .commit([.create(6, file: 5)]), .sync(1, isPatient: true), .hand(.delete(37, isOrphaning: true)),
            .sync(1, isPatient: true), .hand(.deleteChild(38)),
        ]
        await expectNoFault(seed: 180, Self.one, actions)
    }

    /// A file with a wrong document holds back what it gave. A commit takes one of these objects out of it, and a later one
    /// writes the object into another file. The wrong file did not change, so it keeps its claim, and the object stays with
    /// the old file. In one commit the same move is carried out.
    @Test func `seed 200, what moved out of a broken file by way of nowhere is applied where it stands`() async {
        let actions: [Action] = [
            .commit([.create(7, file: 7)]), .commit([.breakDocument(7)]), .commit([.create(8, file: 7)]),
            .sync(1, isPatient: true), .rollBack(1), .quiet, .commit([.create(8, file: 4)]),
        ]
        await expectNoFault(seed: 200, Self.one, actions)
    }

    /// A readable file lets go of an object while a new file is broken and may hold it. Then the first file breaks and the
    /// second is mended: what the first gave the last time that it could be read did not name the object, so that it goes.
    /// (The checker went by the file that the object once came from.)
    @Test func `seed 247, a broken file keeps what it gave last and not what it had let go before`() async {
        let actions: [Action] = [
            .commit([.create(6, file: 5), .create(5, file: 3), .create(7, file: 5)]), .sync(0, isPatient: true),
            .commit([.delete(5), .rename(7, to: 8), .create(5, file: 7), .breakFile(7)]), .sync(0, isPatient: true),
            .commit([.breakDocument(6), .mendFile(7)]),
        ]
        await expectNoFault(seed: 247, Self.one, actions)
    }

    /// Two Syncs share a report. One sync drives the other's objects to rest and reports them. When the other Sync then
    /// finds that they are ready, what it remembers as not ready changes, nothing is marked as unreported, and `state.yaml`
    /// goes on naming them.
    @Test func `seed 282, what a Sync remembers as not ready stands in the report`() async {
        let actions: [Action] = [
            .commit([.create(6, file: 1), .create(6, file: 0), .manual(6)]),
            .commit([.breakFile(3), .image(6, 3), .create(5, file: 5)]),
            .commit([.pace(0, 3), .breakFile(1), .build(5), .extras(3, 3)]),
        ]
        await expectNoFault(seed: 282, Self.two, actions)
    }

    /// An object stands twice, in a file that is right and in one that has a wrong document. The second goes; its file still
    /// has the wrong document and so keeps what it gave, while the other file, which did not change, names the object and
    /// waits for ever. Had that file changed as well, the object would have moved there.
    @Test func `seed 313, a broken file does not keep what a file that did not change names`() async {
        let actions: [Action] = [
            .commit([.create(3, file: 1), .create(6, file: 7), .breakDocument(6)]), .commit([.duplicate(3, file: 7)]),
            .sync(0, isPatient: false), .rollBack(1),
        ]
        await expectNoFault(seed: 313, Self.one, actions)
    }

    /// Somebody deletes a Service and leaves its children alone. Of these the older Revision is retired, so that its workload
    /// goes. None of them comes from git any more: how often one was deleted waits for the next report. (The checker
    /// expected it at once.)
    @Test func `seed 667, what lost its Service by hand is counted with the next report`() async {
        let actions: [Action] = [
            .commit([.create(5, file: 2)]), .sync(0, isPatient: true), .commit([.image(5, 4)]),
            .sync(0, isPatient: true), .hand(.delete(27, isOrphaning: true)),
        ]
        await expectNoFault(seed: 667, Self.one, actions)
    }

    /// A release names a Revision that is not there, so that the data plane goes on as it was. The Revision that it serves
    /// lost its label all the same: it was retired ten minutes later, and deleted when it was old.
    @Test func `seed 52, a Revision that a blocked Route serves is not left behind`() async {
        let actions: [Action] = [
            .commit([.create(7, file: 2)]), .commit([.build(7), .extras(7, 6)]), .sync(0, isPatient: false),
            .commit([.build(7)]), .sync(1, isPatient: false), .commit([.release(7, 1, 0, percent: 20)]), .rollBack(3),
            .sync(0, isPatient: true), .rollBack(2),
        ]
        var circumstances = Simulation.circumstances(of: 52)
        circumstances.keepsFewRevisions = true
        await expectNoFault(seed: 52, circumstances, actions)
    }

    /// The Route of seed 52 refers to no Revision that it serves so: when somebody deleted that one, its split went on
    /// naming it.
    @Test func `seed 733, a Route is woken when what it serves while it is blocked goes`() async {
        let actions: [Action] = [
            .commit([.create(4, file: 0)]), .sync(0, isPatient: true), .commit([.pin(4, revision: 3, percent: 0)]),
            .sync(0, isPatient: true), .commit([.image(4, 2)]), .sync(0, isPatient: true), .hand(.deleteChild(0)),
        ]
        await expectNoFault(seed: 733, Self.one, actions)
    }

    /// A commit pins a Revision that is not there and makes a newer one. Whether the Route looked before that one was ready or
    /// after it, both at one instant, decided which of the two it showed for as long as it was blocked.
    @Test func `seed 5267, a blocked Route shows what the data plane serves`() async {
        let actions: [Action] = [
            .commit([.create(6, file: 0), .create(5, file: 5)]), .sync(1, isPatient: true), .workload(3, .fails),
            .commit([.pin(6, revision: 3, percent: 10), .create(6, file: 1)]),
            .commit([.runLatest(5), .image(6, 4), .respell(5)]), .sync(1, isPatient: false),
        ]
        await expectNoFault(seed: 5267, Simulation.circumstances(of: 5267), actions)
    }

    /// Nobody is there for an hour in which a Revision's deadline passes, and then the moment in which it would have been
    /// retired. Both are due at once, and a Revision that is retired says nothing of deadlines any more.
    @Test func `seed 6276, housekeeping comes once nothing else is due`() async {
        let actions: [Action] = [
            .commit([.create(3, file: 7), .create(4, file: 1), .create(6, file: 3), .keep(3)]),
            .sync(1, isPatient: false),
            .commit([.image(3, 5), .pin(0, revision: 1, percent: 10), .release(6, 2, 1, percent: 97)]),
            .sync(1, isPatient: false), .pass(3_760),
        ]
        await expectNoFault(seed: 6276, Simulation.circumstances(of: 6276), actions)
    }

    /// Somebody deletes a Service and leaves its children alone, and git makes the Service anew, in manual mode. The report
    /// took what the Route says, which is not this Service's, for the Service's standing; when it changed, nobody wrote it.
    @Test func `seed 12935, a Service does not stand as a Route that is not its own`() async {
        let actions: [Action] = [
            .commit([.create(5, file: 6), .create(8, file: 6), .image(1, 3)]),
            .commit([.image(3, 0), .create(3, file: 0)]), .sync(0, isPatient: true), .hand(.create(17)),
            .commit([.create(8, file: 4), .create(1, file: 6), .delete(0)]),
            .hand(.delete(2, isOrphaning: true)),
            .commit([.duplicate(0, file: 0), .create(4, file: 4), .create(2, file: 4), .manual(5)]),
            .commit([.move(7, file: 4), .runLatest(8), .image(3, 2)]), .sync(1, isPatient: true),
            .workload(38, .fails),
        ]
        await expectNoFault(seed: 12935, Simulation.circumstances(of: 12935), actions)
    }

    /// Somebody edits an object that its Sync hands over to another before it is healed. The first Sync forgot the edit, and
    /// the second, whose manifest is held back, knows of nothing to heal.
    @Test func `seed 2209, an edit is healed by whom the object is handed over to`() async {
        let actions: [Action] = [
            .commit([.create(0, file: 7)]), .hand(.create(21)), .sync(1, isPatient: true), .meanwhile(.image(24, 0)),
            .hand(.delete(30, isOrphaning: true)),
            .commit([.create(3, file: 1), .move(0, file: 4), .create(7, file: 1)]), .sync(0, isPatient: false),
            .sync(1, isPatient: true), .commit([.breakDocument(0)]),
        ]
        await expectNoFault(seed: 2209, Self.two, actions)
    }

    /// A Revision fails, a newer one fails too, and the Service pins a Revision that is not there: the Route has no traffic and
    /// refers to no Revision. The older one recovers; it was the Configuration's last ready one all the time, so nothing of
    /// the Configuration changes, and nobody wakes the Route. In seed 646 a whole Service stays without traffic that way.
    @Test func `seed 1123, a Route is woken when the last ready Revision recovers`() async {
        let actions: [Action] = [
            .commit([.create(7, file: 2)]), .sync(0, isPatient: true), .workload(0, .fails),
            .commit([.image(7, 2)]), .sync(0, isPatient: true), .commit([.pin(7, revision: 1, percent: 0)]),
            .sync(0, isPatient: false), .workload(0, .ready),
        ]
        await expectNoFault(seed: 1123, Self.one, actions)
    }

    /// A file moves from one Sync to another, and a field goes with the same push. The first Sync releases the object, and with
    /// it the record of what git had said; the second takes the object over with the field that nobody names any more.
    @Test func `seed 974, what is handed over to another Sync loses what git took away`() async {
        let actions: [Action] = [
            .commit([.create(8, file: 5), .build(8)]), .sync(1, isPatient: true),
            .commit([.build(8), .move(8, file: 4)]),
        ]
        await expectNoFault(seed: 974, Self.two, actions)
    }

    /// A wave waits for a Service that fails, and with it the end of another whose file now gives a third. The one that is
    /// still there was reported with its file's record, which has found another home.
    @Test func `seed 115, what waits to be pruned is reported without the file that dropped it`() async {
        let actions: [Action] = [
            .commit([.create(0, file: 0), .wave(0, -1)]), .sync(0, isPatient: true),
            .commit([.create(5, file: 1), .wave(5, -1), .rename(0, to: 1)]),
            .commit([.release(5, 2, 1, percent: 55)]), .commit([.create(3, file: 3), .wave(3, 1), .delete(0)]),
        ]
        await expectNoFault(seed: 115, Self.one, actions)
    }

    /// A wave looks in the middle of an instant, before one that has yet to look at what the wave waits for.
    @Test func `seed 12, a wave goes in any order of work`() async {
        let actions: [Action] = [
            .commit([.create(5, file: 4), .wave(5, 2), .create(0, file: 2), .wave(0, -1)]),
            .sync(1, isPatient: false),
        ]
        await expectNoFault(seed: 12, Self.one, actions)
    }

    private func expectNoFault(seed: UInt64, _ circumstances: Circumstances, _ actions: [Action]) async {
        let verdict = await Simulation.run(seed: seed, circumstances, actions)
        #expect(verdict.faults.isEmpty, "\(verdict)")
    }
}

import APIServer
import Crypto
import Git
import GitOps
import HTTPTypes
import Resources

/// The forges' calls, right ones and false ones, as bytes.
extension DaemonWorld {
    /// A call on its way.
    struct Call {
        /// The name in the address that is called.
        let name: String
        let delivery: HookDelivery
        /// What is the same when it is sent again; nil where the provider says nothing.
        let id: String?
        /// Whether it is from the forge, and tells of a push to that remote.
        let remote: Int?
    }

    /// What becomes of the call that tells of a push.
    func send(_ fate: DaemonAction.Call, of remote: Int) {
        let plans = circumstances.plans.filter { $0.remote == remote }
        guard fate != .none, let plan = plans.first else { return }
        let call = call(to: plan)
        switch fate {
        case .none, .isLost: break
        case .arrives: deliver(call)
        case .comesTwice:
            deliver(call)
            deliver(call)
        case .floods:
            deliver(call)
            for plan in plans + plans { deliver(self.call(to: plan)) }
        case .isHeldUp: heldUp.append(call)
        }
    }

    /// Sends what no push is behind.
    func send(_ kind: DaemonAction.FalseCall, to plan: DaemonCircumstances.Plan) {
        switch kind {
        case .forged: deliver(call(to: plan, secret: "a guess", remote: nil))
        case .foreign: deliver(call(to: plan, secret: "the secret of somebody else", remote: nil))
        case .tampered:
            let call = call(to: plan, remote: nil)
            // Where the secret itself is sent, the body may say anything.
            guard plan.provider != "gitlab" else { return }
            let delivery = HookDelivery(headers: call.delivery.headers, body: call.delivery.body + [0x20])
            deliver(Call(name: call.name, delivery: delivery, id: call.id, remote: nil))
        case .unsigned:
            let delivery = HookDelivery(headers: HTTPFields(), body: Array("{}".utf8))
            deliver(Call(name: plan.name, delivery: delivery, id: nil, remote: nil))
        case .unknownName:
            deliver(Call(name: "nobody", delivery: call(to: plan).delivery, id: nil, remote: nil))
        case .ping:
            guard ["github", "gitea"].contains(plan.provider) else { return }
            deliver(call(to: plan, event: "ping", remote: nil))
        case .replayed: if let call = delivered.randomElement(at: draw()) { deliver(call) }
        }
    }

    /// A delivery, as the listener takes it.
    func deliver(_ call: Call) {
        guard let hook = process?.hooks[call.name] else {
            outside.note(process == nil ? "a call found nobody" : "a call to an unknown name")
            return
        }
        var verdict = hook.verdict(on: call.delivery)
        verdict =
            process?.memories[call.name, default: DeliveryMemory(capacity: 256)]
            .verdict(of: hook, on: call.delivery, judged: verdict) ?? verdict
        outside.note("a call was \(verdict.word)")
        if call.remote != nil { delivered.append(call) }
        witness.called(call.remote, id: call.id, stage.elapsed)
        guard case .push = verdict, let plan = plan(call.name) else { return }
        for other in circumstances.plans where other.remote == plan.remote { ring(other.name, .webhook) }
    }

    private func call(to plan: DaemonCircumstances.Plan) -> Call { call(to: plan, remote: plan.remote) }

    private func call(
        to plan: DaemonCircumstances.Plan,
        secret: String? = nil,
        event: String? = nil,
        remote: Int?
    ) -> Call {
        callCount += 1
        let id = "delivery-\(callCount)"
        let commit = remotes.tip(plan.remote)?.hex ?? ""
        let body = Array(#"{"ref":"refs/heads/main","after":"\#(commit)","number":\#(callCount)}"#.utf8)
        let secret = secret ?? plan.secret
        var headers = HTTPFields()
        func set(_ name: String, _ value: String) { HTTPField.Name(name).map { headers[$0] = value } }
        switch plan.provider {
        case "github":
            set("X-GitHub-Event", event ?? "push")
            set("X-GitHub-Delivery", id)
            set("X-Hub-Signature-256", "sha256=\(Self.code(body, secret))")
        case "gitea":
            set("X-Gitea-Event", event ?? "push")
            set("X-Gitea-Delivery", id)
            set("X-Gitea-Signature", Self.code(body, secret))
        case "gitlab":
            set("X-Gitlab-Event", "Push Hook")
            set("Idempotency-Key", id)
            set("X-Gitlab-Token", secret)
        default: set("X-Signature", "sha256=\(Self.code(body, secret))")
        }
        return Call(
            name: plan.name,
            delivery: HookDelivery(headers: headers, body: body),
            id: plan.provider == "generic" ? nil : "\(plan.name) \(id)",
            remote: remote
        )
    }

    private static func code(_ body: [UInt8], _ secret: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Array(secret.utf8)))
        return code.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}

extension Array {
    /// The one at that place, 0..<1, in the order; nil where there is none.
    fileprivate func randomElement(at point: Double) -> Element? {
        isEmpty ? nil : self[Swift.min(count - 1, Int(point * Double(count)))]
    }
}

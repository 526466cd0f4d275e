"""Fidelity with the real program: a running `serve`, a real remote, git's own merges, and merges that come later than the
preview. See Tests/fidelity.sh.

    real.py PROGRAM [COUNT]

Each pull request is previewed, merged by git a moment later, pushed, and synced by the daemon. Compared are the objects that
the plan reaches and what becomes of them, the names and images of new Revisions, the traffic of each Route in the end, and how
each Service fares; not times, which are the machine's.
"""

import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PROGRAM = sys.argv[1]
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 200
# As many looks as any rollout here needs, at ten a second.
MOST_LOOKS = 600


def manifest(name, image, mode, pace):
    inner = f"revisionTemplate: {{spec: {{container: {{image: '{image}'}}}}}}"
    if mode == "runLatest":
        spec = f"runLatest: {{configuration: {{{inner}}}}}"
    elif mode == "manual":
        spec = "manual: {}"
    elif mode.startswith("pinned "):
        spec = f"pinned: {{revisionName: {mode.split()[1]}, configuration: {{{inner}}}}}"
    else:
        spec = f"release: {{revisions: ['@latest'], rolloutPercent: 0, configuration: {{{inner}}}}}"
    annotation = f"elafros.dev/rolloutDuration: {pace}"
    return (
        "apiVersion: elafros.dev/v1alpha1\nkind: Service\n"
        f"metadata:\n  name: {name}\n  annotations: {{{annotation}}}\nspec:\n  {spec}\n"
    )


class World:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.remote = self.folder / "remote.git"
        self.clone = self.folder / "clone"
        self.environment = dict(
            os.environ,
            GIT_CONFIG_GLOBAL="/dev/null", GIT_AUTHOR_NAME="Ann", GIT_AUTHOR_EMAIL="ann@example.com",
            GIT_COMMITTER_NAME="Ann", GIT_COMMITTER_EMAIL="ann@example.com",
        )
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", self.remote], check=True, env=self.environment)
        subprocess.run(["git", "clone", "-q", self.remote, self.clone], check=True, env=self.environment, stderr=subprocess.DEVNULL)
        self.git("checkout", "-q", "-B", "main")

    def git(self, *words, check=True):
        return subprocess.run(["git", "-C", self.clone, *words], check=check, env=self.environment, capture_output=True, text=True)

    def commit(self, services, message):
        for path in self.clone.glob("*.yaml"):
            path.unlink()
        for name, (image, mode, pace) in services.items():
            (self.clone / f"{name}.yaml").write_text(manifest(name, image, mode, pace))
        self.git("add", "--all")
        self.git("commit", "-q", "--allow-empty", "-m", message)

    def elafros(self, *words, check=True):
        run = subprocess.run([PROGRAM, *words, "--state", self.folder / "state"], capture_output=True, text=True)
        if check and run.returncode not in (0, 1):
            raise RuntimeError(f"{' '.join(map(str, words))}: {run.stderr}")
        return run.stdout

    def objects(self):
        kinds = "services,configurations,routes,revisions"
        items = json.loads(self.elafros("get", kinds, "-A", "-o", "json") or "{}").get("items", [])
        return {(item["kind"], item["metadata"]["name"]): item for item in items}

    def synced(self):
        data = json.loads(self.elafros("get", "sync", "-A", "-o", "json") or "{}")
        items = data.get("items", [data])
        return items[0].get("status", {}).get("commit") if items else None

    def wait(self, commit):
        """Waits until the daemon has applied a commit and nothing moves any more."""
        before = None
        for _ in range(MOST_LOOKS):
            if self.synced() == commit:
                objects = self.objects()
                moving = any(
                    item["kind"] == "Route" and condition["type"] == "RolloutInProgress" and condition["status"] == "True"
                    for item in objects.values() for condition in item.get("status", {}).get("conditions", [])
                )
                if not moving and objects == before:
                    return objects
                before = objects
            time.sleep(0.1)
        raise RuntimeError(f"{commit} did not come to rest")


def change(services, random_, number):
    """Random edits, and what kinds they are."""
    services, kinds = dict(services), set()
    for _ in range(random_.randint(1, 3)):
        name = random_.choice(sorted(services) or ["s0"])
        image, mode, pace = services.get(name, (f"image:{number}", "runLatest", "0s"))
        action = random_.choice(["image", "image", "image", "mode", "pin", "create", "delete", "rename", "pace"])
        if action == "image":
            services[name] = (f"image:{number}-{random_.randint(0, 99)}", mode, pace)
        elif action == "mode":
            services[name] = (image, random_.choice(["runLatest", "release", "manual"]), pace)
        elif action == "pin":
            services[name] = (image, f"pinned {name}-0000{random_.randint(1, 3)}", pace)
        elif action == "create":
            services[f"s{random_.randint(0, 11)}"] = (f"image:{number}", "runLatest", random_.choice(["0s", "1s"]))
        elif action == "delete" and len(services) > 3:
            del services[name]
        elif action == "rename" and len(services) > 1:
            del services[name]
            services[f"r{number}"] = (image, "runLatest", pace)
        elif action == "pace":
            services[name] = (image, mode, random_.choice(["0s", "1s", "2s"]))
        kinds.add(action)
    return services, kinds


def compare(preview, before, after):
    wrong = []
    reached = {(change["kind"], change["name"]) for change in preview["changes"] + preview["pending"] + preview["drift"]}
    for key in {key for key in before.keys() | after.keys() if key[0] == "Service"}:
        old, new = before.get(key), after.get(key)
        changed = (old is None) != (new is None) or old["spec"] != new["spec"]
        annotated = not changed and old["metadata"].get("annotations") != new["metadata"].get("annotations")
        if (changed or annotated) != (key in reached):
            wrong.append(f"{key[1]}: {'changed' if changed else 'not changed'}, foretold otherwise")
    for part in ("changes", "pending", "drift"):
        keys = [(change["kind"], change["name"]) for change in preview[part]]
        if len(keys) != len(set(keys)):
            wrong.append(f"{part}: an object stands twice, {keys}")
    for change in preview["changes"]:
        key = (change["kind"], change["name"])
        was, is_ = key in before, key in after
        if {"created": not was and is_, "pruned": was and not is_}.get(change["action"], was and is_) is False:
            wrong.append(f"{key[1]}: foretold {change['action']}, was {'' if was else 'not '}there and is {'' if is_ else 'not '}there")
    foretold = {(revision["name"], revision.get("image")) for revision in preview["revisions"]}
    made = {
        (name, item["spec"]["container"]["image"])
        for (kind, name), item in after.items() if kind == "Revision" and (kind, name) not in before
    }
    if foretold != made:
        wrong.append(f"Revisions: foretold {sorted(foretold, key=str)}, made {sorted(made)}")
    traffic = {}
    for entry in preview["timeline"]:
        if entry["what"] == "traffic":
            traffic[entry["name"]] = [(part["revisionName"], part["percent"]) for part in entry["traffic"]]
    for name, shares in traffic.items():
        live = after.get(("Route", name), {}).get("status", {}).get("traffic", [])
        if shares != [(part["revisionName"], part["percent"]) for part in live]:
            wrong.append(f"Route {name}: foretold {shares}, is {live}")
    for state in preview["readiness"]:
        item = after.get((state["kind"], state["name"]))
        if item is None:
            wrong.append(f"{state['name']}: foretold, and is not there")
            continue
        conditions = {condition["type"]: condition for condition in item.get("status", {}).get("conditions", [])}
        ready = conditions.get("Ready", {})
        # In manual mode there is nothing to be done.
        fares = ready.get("status") == "True" or ready.get("reason") == "Manual"
        if state["kind"] == "Service" and (state["state"] == "Ready") != fares:
            wrong.append(f"{state['name']}: foretold {state['state']}, says {conditions}")
    return wrong


def run(folder):
    world, random_ = World(folder), random.Random(1)
    services = {f"s{number}": ("image:0", "runLatest", "0s") for number in range(8)}
    world.commit(services, "first")
    world.git("push", "-q", "origin", "main")
    log = open(world.folder / "serve.log", "w")
    daemon = subprocess.Popen(
        [PROGRAM, "serve", "--repo", world.remote, "--state", world.folder / "state", "--interval", "100ms",
         "--listen", "127.0.0.1:0", "--max-prune", "100%"],
        stdout=log, stderr=subprocess.STDOUT,
    )
    right, mix = 0, {}
    try:
        before = world.wait(world.git("rev-parse", "main").stdout.strip())
        for number in range(1, COUNT + 1):
            branch = f"pull-{number}"
            world.git("checkout", "-q", "-B", branch, "main")
            new, kinds = change(services, random_, number)
            world.commit(new, branch)
            world.git("push", "-q", "origin", branch)
            world.git("checkout", "-q", "main")
            if random_.random() < 0.3:
                name = random_.choice(sorted(services))
                services = dict(services)
                services[name] = (f"base:{number}", "runLatest", random_.choice(["0s", "1s"]))
                world.commit(services, "base")
                world.git("push", "-q", "origin", "main")
                before = world.wait(world.git("rev-parse", "main").stdout.strip())
                kinds.add("the base went on")
            words = ["preview", "--repo", world.remote, "--base", "main", "--head", branch, "--max-prune", "100%", "-o", "json"]
            preview = json.loads(world.elafros(*words))
            time.sleep(random_.choice([0, 0.05, 0.3]))
            merged = world.git("merge", "-q", "--no-ff", "--no-edit", branch, check=False)
            if merged.returncode != 0:
                world.git("merge", "--abort")
                kinds.add("conflict with the base")
                wrong = [] if "tree" not in preview else ["git finds a conflict, the preview none"]
            elif "tree" not in preview:
                wrong = ["the preview finds a conflict, git none"]
                world.git("reset", "-q", "--hard", "origin/main")
            else:
                tree = world.git("rev-parse", "main^{tree}").stdout.strip()
                world.git("push", "-q", "origin", "main")
                after = world.wait(world.git("rev-parse", "main").stdout.strip())
                wrong = compare(preview, before, after)
                if tree != preview["tree"]:
                    wrong.append("another tree than git's")
                before = after
                services = {}
                for path in sorted(world.clone.glob("*.yaml")):
                    services[path.stem] = read(path.read_text())
            for kind in kinds:
                mix[kind] = mix.get(kind, 0) + 1
            if wrong:
                print(f"pull request {number}: " + "\n  ".join(wrong), flush=True)
            else:
                right += 1
            if sys.stderr.isatty() or number % 20 == 0:
                print(f"{number} of {COUNT}, {right} right", file=sys.stderr, flush=True)
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(timeout=60)
        log.close()
    for kind, count in sorted(mix.items()):
        print(f"{100 * count / COUNT:5.1f} %  {kind}")
    print(f"fidelity with the real program: {right} of {COUNT}")
    return 0 if right == COUNT else 1


def read(text):
    """The image, the mode and the pace of a manifest that `manifest` wrote."""
    image = text.split("image: '")[1].split("'")[0] if "image: '" in text else "image:0"
    pace = text.split("rolloutDuration: ")[1].split("}")[0]
    for mode in ("runLatest", "manual", "release"):
        if f"  {mode}:" in text:
            return image, mode, pace
    return image, "pinned " + text.split("revisionName: ")[1].split(",")[0], pace


if __name__ == "__main__":
    folder = tempfile.mkdtemp(prefix="elafros-fidelity-")
    try:
        code = run(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)

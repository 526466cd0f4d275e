"""Measures the daemon: what many idle Syncs cost, and how long a push takes to come back as a report.

usage: daemon.py ELAFROS_BINARY [--syncs 1000] [--remotes 20] [--services 10000] [--pushes 9] [--idle 120]
"""

import argparse
import atexit
import hashlib
import hmac
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

failures = []
SERVICE = """apiVersion: elafros.dev/v1alpha1
kind: Service
metadata: {{name: s{number}, annotations: {{elafros.dev/rolloutDuration: 0s}}}}
spec: {{runLatest: {{configuration: {{revisionTemplate: {{spec: {{container: {{image: "app:{version}"}}}}}}}}}}}}
"""


def git(folder, *words):
    return subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True, text=True).stdout.strip()


def commit(folder, message):
    git(folder, "add", "-A")
    git(folder, "-c", "user.name=Bench", "-c", "user.email=bench@localhost", "commit", "-qm", message)


def bar(name, value, limit, unit):
    verdict = "ok" if value <= limit else "MISSED"
    if value > limit:
        failures.append(name)
    print(f"{name:<52} {value:9.2f} {unit} (bar {limit:g}) {verdict}", flush=True)


class Daemon:
    def __init__(self, binary, folder, config, *words):
        self.folder = folder
        with open(f"{folder}/elafros.yaml", "w") as file:
            file.write(config)
        command = [binary, "serve", "--config", f"{folder}/elafros.yaml", "--state", f"{folder}/state"]
        command += ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", *words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addresses = {}
        while "listening" not in self.addresses:
            line = self.process.stdout.readline()
            if not line:
                sys.exit("the daemon ended")
            self.note(line)
        atexit.register(self.process.kill)
        # Read to the end: a full pipe would hold the daemon up.
        threading.Thread(target=self.read, daemon=True).start()
        end = time.monotonic() + 30
        while len(self.addresses) < 2 + ("--hook-listen" in words):
            if time.monotonic() > end:
                sys.exit("a listener does not say where it is")
            time.sleep(0.1)

    def read(self):
        for line in self.process.stdout:
            self.note(line)

    def note(self, line):
        for word, name in [("listening on", "listening"), ("metrics on", "admin"), ("webhooks on", "hooks")]:
            if word in line:
                self.addresses[name] = line.split(" on ")[1].strip()

    def get(self, path):
        return urllib.request.urlopen(self.addresses["admin"] + path, timeout=60).read().decode()

    def metric(self, name):
        return sum(float(line.rsplit(" ", 1)[1]) for line in self.get("/metrics").splitlines() if line.startswith(name))

    def wait_until_ready(self, seconds):
        end = time.monotonic() + seconds
        while True:
            try:
                self.get("/readyz")
                return
            except urllib.error.HTTPError:
                if time.monotonic() > end:
                    sys.exit("the daemon does not become ready")
                time.sleep(1)

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024

    def end(self):
        self.process.terminate()
        self.process.wait(timeout=30)


def idle(binary, folder, syncs, remotes, seconds):
    config = ""
    for number in range(remotes):
        work = f"{folder}/r{number}"
        subprocess.run(["git", "init", "-q", "-b", "main", work], check=True)
        for part in range(syncs // remotes):
            os.makedirs(f"{work}/f{part}")
            with open(f"{work}/f{part}/app.yaml", "w") as file:
                file.write(SERVICE.format(number=part, version=1))
            config += (f"---\napiVersion: gitops.elafros.dev/v1alpha1\nkind: Sync\nmetadata: {{name: r{number}-{part}}}\n"
                       f"spec: {{url: {work}, path: f{part}, defaultNamespace: r{number}-{part}, interval: 60s}}\n")
        commit(work, "First")
    daemon = Daemon(binary, folder, config)
    daemon.wait_until_ready(600)
    time.sleep(70)
    cpu, asked = daemon.cpu(), daemon.metric('elafros_git_request_total')
    time.sleep(seconds)
    share = (daemon.cpu() - cpu) / seconds * 100
    polls = daemon.metric('elafros_git_request_total') - asked
    bar(f"{syncs} idle Syncs of {remotes} remotes, one core", share, 2, "%")
    bar(f"{syncs} idle Syncs, resident", daemon.memory(), 300, "MB")
    bar(f"polls of {remotes} remotes in {seconds} s", polls, remotes * (seconds / 60 + 1), "polls")
    daemon.end()


def latency(binary, folder, services, pushes):
    bare, work = f"{folder}/shop.git", f"{folder}/shop"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", bare], check=True)
    subprocess.run(["git", "init", "-q", "-b", "main", work], check=True)
    git(work, "remote", "add", "origin", bare)
    for number in range(services):
        os.makedirs(f"{work}/f{number // 100}", exist_ok=True)
        with open(f"{work}/f{number // 100}/s{number}.yaml", "w") as file:
            file.write(SERVICE.format(number=number, version=1))
    commit(work, "First")
    git(work, "push", "-q", "origin", "main")
    with open(f"{folder}/secret", "w") as file:
        file.write("bench")
    config = (f"apiVersion: gitops.elafros.dev/v1alpha1\nkind: Sync\nmetadata: {{name: shop}}\n"
              f"spec: {{url: {bare}, interval: 1h, timeout: 5m, report: {{branch: status}},\n"
              f"  webhook: {{provider: github, secretRef: {{name: forge}}}}}}\n"
              f"---\napiVersion: gitops.elafros.dev/v1alpha1\nkind: Credentials\nmetadata: {{name: forge}}\n"
              f"spec: {{webhookSecret: {{file: secret}}}}\n")
    daemon = Daemon(binary, folder, config, "--hook-listen", "127.0.0.1:0")
    daemon.wait_until_ready(600)

    def status():
        return subprocess.run(["git", "-C", bare, "rev-parse", "-q", "--verify", "status"], capture_output=True).stdout

    end = time.monotonic() + 600
    while not status() and time.monotonic() < end:
        time.sleep(1)
    ours, peers = [], []
    peer = f"{folder}/peer"
    git(folder, "clone", "-q", "-b", "status", bare, peer)
    for turn in range(pushes):
        with open(f"{work}/f0/s0.yaml", "w") as file:
            file.write(SERVICE.format(number=0, version=turn + 2))
        commit(work, "Change")
        git(work, "push", "-q", "origin", "main")
        before = status()
        body = b'{"ref": "refs/heads/main"}'
        signature = hmac.new(b"bench", body, hashlib.sha256).hexdigest()
        headers = {"X-Hub-Signature-256": f"sha256={signature}", "X-GitHub-Event": "push",
                   "X-GitHub-Delivery": str(turn), "Content-Type": "application/json"}
        request = urllib.request.Request(daemon.addresses["hooks"] + "/hooks/shop", body, headers)
        start = time.perf_counter()
        urllib.request.urlopen(request, timeout=60).read()
        path = f"{bare}/refs/heads/status"
        while True:
            try:
                with open(path, "rb") as file:
                    if file.read() != before:
                        break
            except FileNotFoundError:
                pass
            time.sleep(0.001)
        ours.append((time.perf_counter() - start) * 1000)
        # The least that git's own commands need to carry the same bytes: fetch what was pushed, commit and push the report.
        git(peer, "fetch", "-q", "origin", "status")
        git(peer, "reset", "-q", "--hard", "FETCH_HEAD")
        changed = git(peer, "diff", "--name-only", "HEAD~1").splitlines()
        for name in changed:
            with open(f"{peer}/{name}", "a") as file:
                file.write("\n")
        start = time.perf_counter()
        git(peer, "fetch", "-q", "origin", "main")
        git(peer, "add", *changed)
        git(peer, "-c", "user.name=Bench", "-c", "user.email=bench@localhost", "commit", "-qm", "Peer")
        git(peer, "push", "-q", "origin", f"HEAD:refs/heads/peer-{turn}")
        peers.append((time.perf_counter() - start) * 1000)
        time.sleep(1)
    daemon.end()
    own, least = statistics.median(ours), statistics.median(peers)
    print(f"webhook to report pushed, 1 of {services} Services: {own:.0f} ms; git fetch, commit and push: {least:.0f} ms")
    bar("webhook to report, ratio", own / least, 2, "x")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("elafros")
    parser.add_argument("--syncs", type=int, default=1000)
    parser.add_argument("--remotes", type=int, default=20)
    parser.add_argument("--services", type=int, default=10000)
    parser.add_argument("--pushes", type=int, default=9)
    parser.add_argument("--idle", type=int, default=120)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="elafros-daemon-") as folder:
        os.makedirs(f"{folder}/latency")
        latency(words.elafros, f"{folder}/latency", words.services, words.pushes)
        os.makedirs(f"{folder}/idle")
        idle(words.elafros, f"{folder}/idle", words.syncs, words.remotes, words.idle)
    sys.exit(1 if failures else 0)


main()

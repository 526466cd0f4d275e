"""A daemon that follows many repositories, killed again and again while people push: in the end all is as git says.

Repositories are served by git's own http-backend and by sshd on loopback, or are paths. Everything random comes from one seed. Ends by
itself: by the number of rounds, and by a bound on each wait.
"""

import argparse
import getpass
import http.server
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

FOLDERS = 10
SERVICE = """apiVersion: elafros.dev/v1alpha1
kind: Service
metadata: {{name: {name}, annotations: {{elafros.dev/rolloutDuration: 0s}}}}
spec: {{runLatest: {{configuration: {{revisionTemplate: {{spec: {{container: {{image: "app:{version}"}}}}}}}}}}}}
"""
SYNC = """---
apiVersion: gitops.elafros.dev/v1alpha1
kind: Sync
metadata: {{name: {name}}}
spec:
  url: {url}
  ref: {{branch: main}}
  path: {path}
  defaultNamespace: {name}
  interval: 2s
  retry: {{initial: 500ms, max: 5s}}
  report: {{branch: status}}
"""
CREDENTIALS = """---
apiVersion: gitops.elafros.dev/v1alpha1
kind: Credentials
metadata: {{name: ssh}}
spec:
  urls: ["{url}"]
  sshKey: {{file: "{key}"}}
  knownHosts: {{file: "{hosts}"}}
"""
SSHD = """Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/key.pub
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PidFile none
MaxStartups 1000
"""


class GitBackend(http.server.BaseHTTPRequestHandler):
    """git http-backend as CGI: the real other side, with a small HTTP server before it."""

    protocol_version = "HTTP/1.0"
    root = ""

    def answer(self):
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        while self.headers.get("Transfer-Encoding") == "chunked":
            size = int(self.rfile.readline().strip() or b"0", 16)
            body += self.rfile.read(size)
            self.rfile.readline()
            if size == 0:
                break
        environment = os.environ | {
            "GIT_PROJECT_ROOT": self.root, "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path, "QUERY_STRING": query,
            "REQUEST_METHOD": self.command, "CONTENT_TYPE": self.headers.get("Content-Type") or "",
            "CONTENT_LENGTH": str(len(body)), "REMOTE_USER": "soak", "REMOTE_ADDR": "127.0.0.1",
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol") or "",
        }
        out = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True).stdout
        head, _, rest = out.partition(b"\r\n\r\n")
        lines = [line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line]
        status = next((value for key, value in lines if key == "Status"), "200 OK")
        self.send_response(int(status.split()[0]))
        for key, value in lines:
            if key != "Status":
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        try:
            self.wfile.write(rest)
        except BrokenPipeError:
            # Whoever asked was killed.
            self.close_connection = True

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


class SSHServer:
    """A real sshd that lets the current user in with a key made for the soak."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder)
        for name in ["key", "host"]:
            words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/{name}"]
            subprocess.run(words, check=True)
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            self.port = unused.getsockname()[1]
        with open(f"{folder}/sshd_config", "w") as file:
            file.write(SSHD.format(port=self.port, folder=folder))
        with open(f"{folder}/host.pub") as key, open(f"{folder}/known_hosts", "w") as hosts:
            hosts.write(f"[127.0.0.1]:{self.port} " + " ".join(key.read().split()[:2]) + "\n")
        if os.getuid() == 0:
            # Where sshd keeps privileges apart.
            os.makedirs("/run/sshd", exist_ok=True)
        log = open(f"{folder}/log", "w")
        self.process = subprocess.Popen([shutil.which("sshd"), "-D", "-e", "-f", f"{folder}/sshd_config"], stderr=log)
        self.url = f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}"

    @property
    def credentials(self):
        return CREDENTIALS.format(url=self.url, key=f"{self.folder}/key", hosts=f"{self.folder}/known_hosts")


def git(folder, *words):
    return subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True, text=True).stdout.strip()


class Soak:
    def __init__(self, binary, folder, repositories, seed):
        self.binary, self.folder, self.random = binary, folder, random.Random(seed)
        self.state = f"{folder}/state"
        self.versions = {}
        self.daemon = None
        GitBackend.root = f"{folder}/remotes"
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), GitBackend)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        port = self.server.server_address[1]
        self.ssh = SSHServer(f"{folder}/ssh")
        self.repositories = [f"r{number}" for number in range(repositories)]
        config = self.ssh.credentials
        for number, name in enumerate(self.repositories):
            bare, work = f"{folder}/remotes/{name}.git", f"{folder}/work/{name}"
            subprocess.run(["git", "init", "-q", "--bare", "-b", "main", bare], check=True)
            git(bare, "config", "http.receivepack", "true")
            subprocess.run(["git", "init", "-q", "-b", "main", work], check=True)
            git(work, "remote", "add", "origin", bare)
            url = [bare, f"http://127.0.0.1:{port}/{name}.git", f"{self.ssh.url}{bare}"][number % 3]
            secrets = "  secretRef: {name: ssh}\n" if number % 3 == 2 else ""
            for part in range(FOLDERS):
                self.write(name, part)
                config += SYNC.format(name=f"{name}-{part}", url=url, path=f"f{part}") + secrets
            self.push(name, "First")
        with open(f"{folder}/elafros.yaml", "w") as file:
            file.write(config)

    def write(self, name, part):
        version = self.versions[name, part] = self.versions.get((name, part), 0) + 1
        path = f"{self.folder}/work/{name}/f{part}"
        os.makedirs(path, exist_ok=True)
        with open(f"{path}/app.yaml", "w") as file:
            file.write(SERVICE.format(name="app", version=version))

    def push(self, name, message):
        work = f"{self.folder}/work/{name}"
        git(work, "add", "-A")
        git(work, "-c", "user.name=Soak", "-c", "user.email=soak@localhost", "commit", "-qm", message)
        git(work, "push", "-q", "origin", "main")

    def push_something(self):
        name = self.random.choice(self.repositories)
        for part in self.random.sample(range(FOLDERS), self.random.randint(1, 3)):
            self.write(name, part)
        self.push(name, "Change")

    def start(self):
        words = [self.binary, "serve", "--config", f"{self.folder}/elafros.yaml", "--state", self.state]
        words += ["--listen", "127.0.0.1:0", "--lock-timeout", "30s"]
        log = open(f"{self.folder}/serve.log", "a")
        self.daemon = subprocess.Popen(words, stdout=log, stderr=log)

    def kill(self):
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait()

    def get(self, kinds):
        words = [self.binary, "get", kinds, "-A", "-o", "json", "--state", self.state]
        out = subprocess.run(words, capture_output=True, text=True).stdout
        return json.loads(out)["items"] if out else []

    def differences(self):
        """What is not as git says yet."""
        heads = {name: git(f"{self.folder}/remotes/{name}.git", "rev-parse", "main") for name in self.repositories}
        syncs = {item["metadata"]["name"]: item.get("status", {}).get("commit") for item in self.get("syncs")}
        found = []
        for name, head in heads.items():
            for part in range(FOLDERS):
                if syncs.get(f"{name}-{part}") != head:
                    found.append(f"{name}-{part} is at {syncs.get(f'{name}-{part}')}, not at {head}")
        for item in self.get("services"):
            name, _, part = item["metadata"]["namespace"].rpartition("-")
            template = item["spec"]["runLatest"]["configuration"]["revisionTemplate"]
            image, wanted = template["spec"]["container"]["image"], f"app:{self.versions[name, int(part)]}"
            ready = [c["status"] for c in item.get("status", {}).get("conditions", []) if c["type"] == "Ready"]
            if image != wanted or ready != ["True"]:
                found.append(f"{item['metadata']['namespace']} has {image}, not {wanted}, ready {ready}")
        return found

    def wait_until_true(self, seconds):
        end = time.monotonic() + seconds
        while found := self.differences():
            if time.monotonic() > end:
                raise SystemExit("not as git says in the end:\n" + "\n".join(found[:20]))
            time.sleep(1)

    def doubled(self):
        """Configurations whose Revisions are not exactly one for each generation; and how many Revisions there are."""
        names = {}
        for item in self.get("revisions"):
            names.setdefault(item["metadata"]["namespace"], []).append(item["metadata"]["name"])
        configurations = self.get("configurations")
        found = [] if len(configurations) == len(self.versions) else [f"{len(configurations)} Configurations"]
        for item in configurations:
            namespace, generation = item["metadata"]["namespace"], item["metadata"]["generation"]
            wanted = [f"app-{number:05}" for number in range(1, generation + 1)]
            if sorted(names.get(namespace, [])) != wanted:
                found.append(f"{namespace}: generation {generation} has {names.get(namespace)}")
        return found, sum(len(some) for some in names.values())

    def reports(self):
        """Repositories without a report."""
        found = []
        for name in self.repositories:
            bare = f"{self.folder}/remotes/{name}.git"
            subject = git(bare, "log", "-1", "--format=%s", "status")
            if not subject:
                found.append(name)
        return found

    def usage(self):
        """What the daemon holds while it has nothing to do: the least of some looks, as a poll opens what it then closes."""
        looks = []
        for _ in range(20):
            looks.append(self.look())
            time.sleep(0.5)
        return {what: min(look[what] for look in looks) for what in looks[0]}

    def look(self):
        process = f"/proc/{self.daemon.pid}"
        with open(f"{process}/status") as file:
            fields = dict(line.split(":", 1) for line in file)
        return {
            "files": len(os.listdir(f"{process}/fd")), "threads": int(fields["Threads"]),
            "megabytes": int(fields["VmRSS"].split()[0]) // 1024,
        }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--repositories", type=int, default=20)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="elafros-soak-") as folder:
        soak = Soak(words.binary, folder, words.repositories, words.seed)
        soak.start()
        try:
            soak.wait_until_true(300)
            first = soak.usage()
            pushes, kills = 0, 0
            pause = words.minutes * 60 / max(words.kills, 1)
            for _ in range(words.kills):
                end = time.monotonic() + pause * soak.random.uniform(0.5, 1.5)
                while time.monotonic() < end:
                    soak.push_something()
                    pushes += 1
                    time.sleep(soak.random.uniform(0, 1))
                soak.kill()
                kills += 1
                soak.start()
                print(f"\r{pushes} pushes, {kills} kills", end="", flush=True, file=sys.stderr)
            soak.wait_until_true(300)
            doubled, revisions = soak.doubled()
            missing = soak.reports()
            settled = soak.usage()
            # What a daemon takes once it has done its work, and what it goes on taking.
            usages = []
            for _ in range(3):
                for _ in range(20):
                    soak.push_something()
                    pushes += 1
                soak.wait_until_true(300)
                usages.append(soak.usage())
            last = usages[-1]
            check = subprocess.run([words.binary, "state", "check", "--state", soak.state], capture_output=True, text=True)
            soak.daemon.terminate()
            code = soak.daemon.wait(timeout=15)
        except BaseException:
            with open(f"{folder}/serve.log") as file:
                sys.stderr.write("".join(file.readlines()[-30:]))
            raise
        finally:
            if soak.daemon.poll() is None:
                soak.daemon.kill()
            soak.server.shutdown()
            soak.ssh.process.terminate()
        megabytes = [usage["megabytes"] for usage in usages]
        print(f"\n{words.repositories * FOLDERS} Syncs, {words.repositories} repositories: {pushes} pushes, {kills} kills, "
              f"{revisions} Revisions; at first {first}, after the kills {settled}, in the end {last}; megabytes after each 20 pushes more: {megabytes}")
        troubles = doubled + [f"no report in {name}" for name in missing]
        if code != 0 or check.returncode != 0:
            troubles.append(f"ended with {code}; state check: {check.stdout}{check.stderr}")
        if last["files"] > settled["files"] + 16 or last["threads"] > settled["threads"] + 16:
            troubles.append("open files or threads grow")
        if megabytes[-1] > 1.2 * megabytes[0]:
            troubles.append("memory grows")
        for trouble in troubles:
            print(trouble)
        sys.exit(1 if troubles else 0)


main()

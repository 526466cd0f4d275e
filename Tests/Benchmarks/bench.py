"""Measures Elafros against git, libyaml and SQLite doing the least that the same work needs, side by side.

usage: bench.py ELAFROS_BINARY [--services 10000] [--runs 5] [--table]

Each bar prints both medians and their ratio; each timed run checks its own outcome, so that a fast failure is no result.
"""

import argparse
import glob
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import generate

HERE = os.path.dirname(os.path.abspath(__file__))
failures = []


def timed(command, stdin=None, expect=(0,), env=None):
    """Runs a command; returns (milliseconds, standard output, peak resident MB)."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
    output, errors = process.communicate(stdin)
    elapsed = (time.perf_counter() - start) * 1000
    if process.returncode not in expect:
        sys.exit(f"{' '.join(command)}\nended with {process.returncode}\n{output.decode()}{errors.decode()}")
    return elapsed, output.decode()


def median(measure, runs):
    return statistics.median(measure() for _ in range(runs))


def bar(name, ours, theirs, limit, what):
    ratio = ours / theirs
    verdict = "ok" if ratio <= limit else "MISSED"
    if ratio > limit:
        failures.append(name)
    print(f"{name:<44} {ours:9.1f} ms  {theirs:9.1f} ms  {ratio:6.2f} x  (bar {limit:g}) {verdict}   vs {what}", flush=True)


def bar_difference(name, ours, theirs, limit, what):
    difference = ours - theirs
    verdict = "ok" if difference <= limit else "MISSED"
    if difference > limit:
        failures.append(name)
    print(f"{name:<44} {ours:9.1f} ms  {theirs:9.1f} ms  {difference:+6.1f} ms (bar +{limit:g}) {verdict}   vs {what}", flush=True)


class Bench:
    def __init__(self, elafros, folder, services, runs):
        self.elafros, self.folder, self.services, self.runs = elafros, folder, services, runs
        self.remote = os.path.join(folder, "remote.git")
        self.version = 1
        for program, flags in (("libyaml_pass", "yaml-0.1"), ("sqlite_write", "sqlite3")):
            libraries = subprocess.run(["pkg-config", "--cflags", "--libs", flags], check=True, capture_output=True)
            subprocess.run(["cc", "-O2", "-o", os.path.join(folder, program), os.path.join(HERE, program + ".c"),
                            *libraries.stdout.decode().split()], check=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def fresh(self, name):
        shutil.rmtree(self.path(name), ignore_errors=True)
        return self.path(name)

    def sync(self, state, *words, expect=(0,)):
        elapsed, output = timed([self.elafros, "sync", "--repo", self.remote, "--branch", "main", "--state", state,
                                 "-o", "json", "--stats", *words], expect=expect)
        return elapsed, json.loads(output)

    def check_ready(self, state):
        _, output = timed([self.elafros, "get", "services", "-A", "--state", state, "-o", "json"])
        items = json.loads(output)["items"]
        ready = [i for i in items if any(c["type"] == "Ready" and c["status"] == "True"
                                         for c in i.get("status", {}).get("conditions", []))]
        if len(ready) != self.services:
            sys.exit(f"{len(ready)} of {self.services} services are ready")

    # Floors

    def git_clone(self):
        return timed(["git", "clone", "-q", "--bare", self.remote, self.fresh("clone.git")])[0]

    def yaml_pass(self):
        names = sorted(glob.glob(os.path.join(self.path("work"), "*", "*.yaml")))
        return timed([self.path("libyaml_pass")], stdin="\n".join(names).encode())[0]

    def sqlite_write(self, rows, total_bytes):
        for name in glob.glob(self.path("floor.sqlite*")):
            os.remove(name)
        return timed([self.path("sqlite_write"), self.path("floor.sqlite"), str(rows), str(total_bytes // rows)])[0]

    def git_report(self, report):
        """What git needs to hash, commit and push the files that our report holds."""
        work, remote = self.fresh("floor-work"), self.fresh("floor.git")
        shutil.copytree(report, work)
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", remote], check=True)
        subprocess.run(["git", "init", "-q", "-b", "main", work], check=True)
        script = ("git add -A . && git -c user.name=b -c user.email=b@example.com commit -q -m report && "
                  f"git push -q {remote} main")
        return timed(["sh", "-c", f"cd {work} && {script}"])[0]

    # Bars

    def first_sync(self):
        self.sync(self.fresh("state"))
        result = self.sync(self.fresh("state"))[1]
        self.check_ready(self.path("state"))
        counters = result["stats"]["counters"]
        rows = counters["objectsWritten"] + counters["indexRowsWritten"]
        size = counters["bytesWritten"]
        ours = median(lambda: self.sync(self.fresh("state"))[0], self.runs)
        floors = [median(self.git_clone, self.runs), median(self.yaml_pass, self.runs),
                  median(lambda: self.sqlite_write(rows, size), self.runs)]
        bar("first sync", ours, sum(floors), 3,
            f"git clone {floors[0]:.0f} + libyaml {floors[1]:.0f} + SQLite {floors[2]:.0f} ({rows} rows, {size / 1e6:.0f} MB)")
        return ours

    def first_sync_with_report(self, plain):
        def once():
            subprocess.run(["git", "-C", self.remote, "update-ref", "-d", "refs/heads/elafros-status"], check=True)
            return self.sync(self.fresh("state-report"), "--report-branch", "elafros-status")[0]
        ours = median(once, self.runs)
        report = self.fresh("report")
        subprocess.run(["git", "clone", "-q", "-b", "elafros-status", self.remote, report], check=True)
        files = glob.glob(os.path.join(report, "**", "*.yaml"), recursive=True)
        if len(files) < self.services:
            sys.exit(f"the report holds {len(files)} files for {self.services} services")
        shutil.rmtree(os.path.join(report, ".git"))
        theirs = median(lambda: self.git_report(report), self.runs)
        bar("report branch, on top of the first sync", max(ours - plain, 0.1), theirs, 2, "git add, commit and push of the same files")

    def nothing_new(self):
        state = self.path("state")
        counters = self.sync(state)[1]["stats"]["counters"]
        for name in ("blobsRead", "treesRead", "objectsRead", "indexRowsRead", "objectsWritten", "indexRowsWritten"):
            if counters[name] != 0:
                failures.append(f"nothing new, but {name} is {counters[name]}")
        ours = median(lambda: self.sync(state)[0], self.runs * 4)
        theirs = median(lambda: timed(["git", "ls-remote", "-q", self.remote, "refs/heads/main"])[0], self.runs * 4)
        bar_difference("poll with nothing new, whole process", ours, theirs, 20, "git ls-remote")

    def push_change(self):
        """Pushes one changed file; returns the commit before it."""
        self.version += 1
        before = subprocess.run(["git", "-C", self.remote, "rev-parse", "main"], check=True, capture_output=True)
        generate.change(self.folder, self.version, self.version)
        return before.stdout.decode().strip()

    def git_fetch_and_diff(self, mirror, before):
        return timed(["sh", "-c", f"git -C {mirror} fetch -q origin main:main && "
                      f"git -C {mirror} diff-tree -r {before} main"])[0]

    def one_changed(self):
        state, mirror = self.path("state"), self.fresh("fetch.git")
        subprocess.run(["git", "clone", "-q", "--bare", self.remote, mirror], check=True)
        self.sync(state)
        ours, theirs = [], []
        for _ in range(self.runs):
            before = self.push_change()
            elapsed, result = self.sync(state)
            if len(result["changes"]) != 1:
                sys.exit(f"one file changed, but the sync changed {result['changes']}")
            ours.append(elapsed)
            theirs.append(self.git_fetch_and_diff(mirror, before))
        bar(f"one changed file in {self.services}, whole process", statistics.median(ours), statistics.median(theirs), 8,
            "git fetch + git diff-tree")

    # Inside a daemon: what it counts itself, for a sync that another process hands to it

    def serve(self, remote):
        """Starts a daemon whose state follows `remote`; returns (process, function that hands it a sync)."""
        state = self.fresh("state-serve")
        words = ["--repo", remote, "--branch", "main", "--state", state]
        timed([self.elafros, "sync", *words])
        daemon = subprocess.Popen([self.elafros, "serve", "--no-poll", "--state", state, "--listen", "127.0.0.1:0"],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in daemon.stdout:
            if "listening on" in line:
                break

        def hand_over(*more):
            result = json.loads(timed([self.elafros, "sync", *words, "-o", "json", "--stats", *more])[1])
            return sum(station["microseconds"] for station in result["stats"]["stations"]) / 1000, result
        return daemon, hand_over

    def inside_serve(self, name, remote):
        daemon, hand_over = self.serve(remote)
        try:
            hand_over()
            ours = median(lambda: hand_over()[0], self.runs * 4)
            theirs = median(lambda: timed(["git", "ls-remote", "-q", remote, "refs/heads/main"])[0], self.runs * 4)
            bar(f"poll with nothing new inside serve, {name}", ours, theirs, 0.3, "git ls-remote")
            mirror = self.fresh("fetch.git")
            subprocess.run(["git", "clone", "-q", "--bare", remote, mirror], check=True)
            ours, theirs = [], []
            for _ in range(self.runs):
                before = self.push_change()
                elapsed, result = hand_over("--wait", "applied")
                if len(result["changes"]) != 1:
                    sys.exit(f"one file changed, but the daemon changed {result['changes']}")
                ours.append(elapsed)
                theirs.append(self.git_fetch_and_diff(mirror, before))
            bar(f"one changed file inside serve, {name}", statistics.median(ours), statistics.median(theirs), 1,
                "git fetch + git diff-tree")
        finally:
            daemon.terminate()
            daemon.wait()

    def preview(self):
        """Ten changed services among all, previewed and then synced, each handed to the same daemon."""
        daemon, _ = self.serve(self.remote)
        clone, quiet = self.fresh("pulls"), {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(["git", "clone", "-q", "-b", "main", self.remote, clone], **quiet)
        author = ["git", "-C", clone, "-c", "user.name=b", "-c", "user.email=b@example.com"]
        words = ["--repo", self.remote, "--state", self.path("state-serve"), "-o", "json"]
        ours, theirs = [], []
        try:
            for run in range(self.runs):
                for name in sorted(glob.glob(os.path.join(clone, "*", "*.yaml")))[10 * run:10 * run + 10]:
                    with open(name) as file:
                        text = file.read()
                    with open(name, "w") as file:
                        file.write(text.replace("image: ", f"image: pull-{run}/", 1))
                subprocess.run([*author, "commit", "-q", "-a", "-m", f"pull {run}"], **quiet)
                subprocess.run([*author, "push", "-q", "-f", "origin", "HEAD:pull"], **quiet)
                elapsed, output = timed([self.elafros, "preview", "--base", "main", "--head", "pull", *words])
                if len(json.loads(output)["changes"]) != 10:
                    sys.exit(f"ten services changed, but the preview says {json.loads(output)['changes']}")
                ours.append(elapsed)
                subprocess.run([*author, "push", "-q", "origin", "HEAD:main"], **quiet)
                elapsed, output = timed([self.elafros, "sync", "--branch", "main", "--wait", "applied", *words])
                if len(json.loads(output)["changes"]) != 10:
                    sys.exit(f"ten services changed, but the sync changed {json.loads(output)['changes']}")
                theirs.append(elapsed)
        finally:
            daemon.terminate()
            daemon.wait()
        bar(f"preview of 10 changed in {self.services}, in serve", statistics.median(ours), statistics.median(theirs), 3,
            "the sync of the same 10 until applied")

    def engine(self, program):
        """The engine alone, without git, YAML or a process: against a dictionary that takes as many objects, and SQLite."""
        runs = [engine_figures(program, self.services, self.fresh("engine-state")) for _ in range(min(3, self.runs))]
        figures = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        writes = int(figures["writes"])
        bar(f"engine, {self.services} created until at rest", figures["engine"], figures["dictionary"], 5,
            f"a dictionary that takes {writes} objects")
        bar(f"engine, {self.services // 10} images changed", figures["changedEngine"], figures["changedDictionary"], 5,
            f"a dictionary that takes {int(figures['changedWrites'])} objects")
        floor = median(lambda: self.sqlite_write(int(figures["rows"]), int(figures["bytes"])), self.runs)
        bar("the journal, on top of the engine", max(figures["journaled"] - figures["store"], 0.1), floor, 3,
            f"SQLite writing {int(figures['rows'])} rows, {figures['bytes'] / 1e6:.0f} MB")
        heap, resident = (figures[name] / 1e6 for name in ("heap", "resident"))
        print(f"{'heap of the state':<44} {heap:9.1f} MB  (bar 60) {'MISSED' if heap > 60 else 'ok'}   "
              f"{resident:.1f} MB resident, with what the run let go of and the allocator keeps", flush=True)
        if heap > 60:
            failures.append("heap of the state")

    def version_time(self):
        ours = median(lambda: timed([self.elafros, "--version"])[0], self.runs * 4)
        theirs = median(lambda: timed(["git", "--version"])[0], self.runs * 4)
        bar_difference("elafros --version", ours, theirs, 15, "git --version")

    def memory(self):
        state = self.fresh("state-memory")
        process = subprocess.Popen([self.elafros, "sync", "--repo", self.remote, "--branch", "main", "--state", state],
                                   stdout=subprocess.DEVNULL)
        _, _, usage = os.wait4(process.pid, 0)
        peak = usage.ru_maxrss / 1024
        if peak > 150 and self.services == 10000:
            failures.append("peak memory")
        print(f"{'peak memory of the first sync':<44} {peak:9.1f} MB  (bar 150)", flush=True)
        return peak


class HTTPServer:
    """git's own HTTP backend behind nginx, on a free port of the loopback interface, for as long as the block runs."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "http")
        self.repositories = folder

    def __enter__(self):
        os.makedirs(self.folder)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        backend = os.path.join(self.folder, "backend")
        params = {"SCRIPT_FILENAME": "/usr/lib/git-core/git-http-backend", "GIT_PROJECT_ROOT": self.repositories,
                  "GIT_HTTP_EXPORT_ALL": '""', "PATH_INFO": "$uri", "QUERY_STRING": "$query_string",
                  "REQUEST_METHOD": "$request_method", "CONTENT_TYPE": "$content_type",
                  "CONTENT_LENGTH": "$content_length", "HTTP_CONTENT_ENCODING": "$http_content_encoding",
                  "HTTP_GIT_PROTOCOL": "$http_git_protocol"}
        lines = " ".join(f"fastcgi_param {name} {value};" for name, value in params.items())
        temporary = " ".join(f"{name}_temp_path {self.folder}/{name};"
                             for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(os.path.join(self.folder, "nginx.conf"), "w") as file:
            file.write(f"daemon off; master_process off; pid nginx.pid; events {{}} http {{ access_log off; {temporary} "
                       f"server {{ listen 127.0.0.1:{port}; location / {{ fastcgi_pass unix:{backend}; {lines} }} }} }}")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.servers = [
            subprocess.Popen(["/usr/sbin/fcgiwrap", "-s", f"unix:{backend}"], **quiet),
            subprocess.Popen(["/usr/sbin/nginx", "-p", self.folder, "-c", os.path.join(self.folder, "nginx.conf"), "-e",
                              os.path.join(self.folder, "error.log")], **quiet)]
        address = f"http://127.0.0.1:{port}"
        for _ in range(100):
            if subprocess.run(["git", "ls-remote", "-q", f"{address}/remote.git"], **quiet).returncode == 0:
                return address
            time.sleep(0.05)
        sys.exit("the HTTP server does not answer")

    def __exit__(self, *_):
        for server in self.servers:
            server.terminate()
            server.wait()


def engine_figures(program, services, folder):
    output = subprocess.run([program, str(services), folder], check=True, capture_output=True, text=True).stdout
    return json.loads(output)


def engine_table(program, sizes):
    print(f"\n{'services':>10} {'engine us/write':>16} {'dictionary us/write':>20} {'one changed: looks':>19} {'ms':>7} {'in a fork ms':>13}")
    costs = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            figures = engine_figures(program, size, os.path.join(folder, "state"))
        engine, dictionary = (1000 * figures[name] / figures["writes"] for name in ("engine", "dictionary"))
        costs.append((engine, dictionary))
        print(f"{size:>10} {engine:>16.2f} {dictionary:>20.2f} {figures['oneLooks']:>19.0f} {figures['oneEngine']:>7.2f} "
              f"{figures['oneForked']:>13.2f}", flush=True)
    growth = [last / first for first, last in zip(costs[0], costs[-1])]
    ratio = growth[0] / growth[1]
    verdict = "ok" if ratio <= 1.5 else "MISSED"
    print(f"{'growth of the cost of a write':<44} {growth[0]:9.2f} x   {growth[1]:9.2f} x   {ratio:6.2f} x  (bar 1.5) {verdict}   "
          "vs the dictionary's")
    if ratio > 1.5:
        failures.append("growth of the cost of a write")


def table(elafros, sizes):
    print(f"\n{'services':>10} {'first sync ms':>14} {'peak MB':>9} {'one changed ms':>15} {'nothing new ms':>15}")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            generate.make(folder, size)
            bench = Bench(elafros, folder, size, 1)
            first = bench.sync(bench.fresh("state"))[0]
            generate.change(folder, 1, 2)
            changed = bench.sync(bench.path("state"))[0]
            nothing = bench.sync(bench.path("state"))[0]
            process = subprocess.Popen([elafros, "sync", "--repo", bench.remote, "--branch", "main", "--state",
                                        bench.fresh("again")], stdout=subprocess.DEVNULL)
            _, _, usage = os.wait4(process.pid, 0)
            print(f"{size:>10} {first:>14.0f} {usage.ru_maxrss / 1024:>9.0f} {changed:>15.0f} {nothing:>15.0f}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("elafros")
    parser.add_argument("engine", help="the program engine-benchmark")
    parser.add_argument("--services", type=int, default=10000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--table", action="store_true", help="also 1k, 10k and 100k services: time, memory, growth")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        generate.make(folder, words.services)
        bench = Bench(words.elafros, folder, words.services, words.runs)
        print(f"{words.services} services, medians of {words.runs} runs: ours, theirs, ratio")
        bench.version_time()
        plain = bench.first_sync()
        bench.nothing_new()
        bench.inside_serve("path", bench.remote)
        with HTTPServer(folder) as address:
            bench.inside_serve("HTTP", f"{address}/remote.git")
        bench.one_changed()
        bench.preview()
        bench.engine(words.engine)
        bench.memory()
        bench.first_sync_with_report(plain)
    if words.table:
        engine_table(words.engine, (1000, 10000, 100000))
        table(words.elafros, (1000, 10000, 100000))
    if failures:
        print("missed: " + ", ".join(failures))
        sys.exit(1)


main()

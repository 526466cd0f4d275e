"""Carries out a Containerfile without a container engine, for Tests/release.sh: each stage is a folder that begins as a copy
of a bare Debian, COPY copies, and RUN runs in a chroot. Prints what the image would run, as JSON.

    rehearse.py CONTEXT BARE.tar FOLDER

It is no engine: base images are not the ones named, there are no layers, and it knows only the instructions that ours uses.
The stages are left in FOLDER/0, FOLDER/1, ….
"""

import glob
import json
import os
import re
import shlex
import subprocess
import sys


def instructions(path):
    with open(path, encoding="utf-8") as file:
        lines = [line for line in file.read().split("\n") if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n\s*", " ", "\n".join(lines)).split("\n"):
        if line.strip():
            yield line.split(None, 1)


def run(*words):
    # What a command prints is no part of our answer.
    subprocess.run(words, check=True, timeout=300, stdout=sys.stderr)


def copy(words, context, stages, root):
    options = dict(word[2:].split("=") for word in words if word.startswith("--"))
    *sources, target = [word for word in words if not word.startswith("--")]
    origin = stages[options["from"]] if "from" in options else context
    found = [file for source in sources for file in glob.glob(os.path.join(origin, source.lstrip("/")))]
    if not found:
        sys.exit(f"COPY {shlex.join(words)}: there is no such file")
    to = os.path.join(root, target.lstrip("/"))
    into = target.endswith("/")
    os.makedirs(to if into else os.path.dirname(to), exist_ok=True)
    for file in found:
        # Of a folder its content is copied, as engines do.
        run("cp", "-a", *(["-T"] if not into else []), file, to)
    if "chown" in options:
        run("chown", "-R", options["chown"], to)


def main():
    context, bare, folder = sys.argv[1:]
    stages, image, root = {}, {"env": []}, ""
    for word, rest in instructions(os.path.join(context, "Containerfile")):
        if word == "FROM":
            root = os.path.join(folder, str(len(stages)))
            stages[rest.split(" AS ")[1] if " AS " in rest else "last"] = root
            os.makedirs(root)
            run("tar", "-C", root, "-xf", bare)
            # An image with certificate authorities has them here; a bare Debian has none.
            if " AS " in rest:
                os.makedirs(f"{root}/etc/ssl/certs", exist_ok=True)
                with open(f"{root}/etc/ssl/certs/ca-certificates.crt", "w", encoding="utf-8"):
                    pass
        elif word == "COPY":
            copy(rest.split(), context, stages, root)
        elif word == "RUN":
            run("unshare", f"--mount-proc={root}/proc", "chroot", root, "/bin/sh", "-c", rest)
        elif word == "ENV":
            image["env"] += shlex.split(rest)
        elif word == "HEALTHCHECK":
            image["healthcheck"] = json.loads(rest[rest.index("CMD") + 3 :])
        elif word in ("ENTRYPOINT", "CMD"):
            image[word.lower()] = json.loads(rest)
        elif word == "USER":
            image["user"] = rest
        elif word not in ("VOLUME", "EXPOSE"):
            sys.exit(f"{word} is not rehearsed")
    print(json.dumps({**image, "root": root}))


main()

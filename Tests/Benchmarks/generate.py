"""Makes a git repository of COUNT Services in folders of 100, repacked so that libgit2 reads it at its usual speed.

usage: generate.py FOLDER COUNT
"""

import os
import subprocess
import sys

MANIFEST = """\
apiVersion: elafros.dev/v1alpha1
kind: Service
metadata:
  name: service-{number:05d}
  namespace: team-{folder:03d}
  labels:
    team: team-{folder:03d}
  annotations:
    elafros.dev/rolloutDuration: 0s
spec:
  runLatest:
    configuration:
      revisionTemplate:
        metadata:
          labels:
            elafros.dev/type: app
        spec:
          container:
            image: registry.example.com/team-{folder:03d}/service-{number:05d}:{version}
            env:
              - name: FOO
                value: bar
              - name: HELLO
                value: world
              - name: TARGET
                value: "{number}"
            readinessProbe:
              httpGet:
                path: /
                port: 8080
              periodSeconds: 3
"""


def git(folder, *words):
    subprocess.run(["git", "-C", folder, "-c", "user.name=Bench", "-c", "user.email=bench@example.com", *words],
                   check=True, stdout=subprocess.DEVNULL)


def write(folder, number, version):
    team = number // 100
    path = os.path.join(folder, f"team-{team:03d}", f"service-{number:05d}.yaml")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(MANIFEST.format(number=number, folder=team, version=version))


def make(folder, count):
    """A work tree in FOLDER/work with all manifests, and the bare repository FOLDER/remote.git that it pushes to."""
    work, remote = os.path.join(folder, "work"), os.path.join(folder, "remote.git")
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", remote], check=True)
    subprocess.run(["git", "init", "-q", "-b", "main", work], check=True)
    for number in range(count):
        write(work, number, 1)
    git(work, "add", ".")
    git(work, "commit", "-q", "-m", f"{count} services")
    git(work, "remote", "add", "origin", remote)
    git(work, "push", "-q", "origin", "main")
    git(remote, "repack", "-adfq")


def change(folder, number, version):
    """Pushes one commit that changes the image of one Service."""
    work = os.path.join(folder, "work")
    write(work, number, version)
    git(work, "commit", "-q", "-am", f"service {number}: version {version}")
    git(work, "push", "-q", "origin", "main")


if __name__ == "__main__":
    make(sys.argv[1], int(sys.argv[2]))

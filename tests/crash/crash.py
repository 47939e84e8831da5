#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""crash.py [--sample N --seed S] [--atomics N] [--isolate keeps|stages] FOLDER HOST|-

Runs the stream of Atomics of crash_stream once under the counter of preload.c, then once for each call that changed something, or for
an even sample of N, killed right behind it: the agent, or with HOST (the program in which a plugin gets a process of its own) agent and plugin in turn. Then it looks whether the tree is before or after, an acknowledged Atomic after, nothing left over."""
import argparse
import concurrent.futures
import mmap
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time

NOBODY, AGENT, CHILD = range(3)
WHOM = {NOBODY: "nobody", AGENT: "agent", CHILD: "child"}
FIELDS = struct.Struct("8I")  # shared.h: calls, at, whom, agent, child, agent_dies, killed, in_child


class Trial:
    """One run in a folder of its own, and what was found behind it."""

    def __init__(self, setup, at, whom):
        self.setup, self.at, self.whom = setup, at, whom
        self.problem, self.found, self.acknowledged = None, "", 0

    def command(self, what, folder, first, last):
        s = self.setup
        return [f"{s.folder}/crash_stream", what, f"{s.folder}/libcrash_keeps.so", f"{s.folder}/libcrash_stages.so", s.host, s.isolate,
                folder, str(first), str(last)]

    def run(self):
        folder = tempfile.mkdtemp(prefix="omadm-crash-", dir=self.setup.scratch)
        os.chmod(folder, 0o755)  # a plugin's process may belong to somebody else
        try:
            self.in_folder(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return self

    def in_folder(self, folder):
        path = folder + "/shared"
        with open(path, "wb") as file:
            file.write(FIELDS.pack(0, self.at, self.whom, 0, 0, 0, 0, 0).ljust(mmap.PAGESIZE, b"\0"))
        environment = dict(os.environ, LD_PRELOAD=f"{self.setup.folder}/libcrash_preload.so", OMADM_TEST_CRASH=path)
        environment["ASAN_OPTIONS"] = "verify_asan_link_order=0:detect_leaks=0"
        reader, writer = os.pipe()
        process = self.start(folder, writer, environment)
        os.close(writer)
        with os.fdopen(reader, encoding="ascii") as lines:
            told = [line.split() for line in lines.read().splitlines()]
        out, err = process.communicate(timeout=120)
        with open(path, "rb") as file:
            self.calls, _, _, _, _, _, self.killed, self.in_child = FIELDS.unpack(file.read(FIELDS.size))
        begun = max([int(i) for what, i in told if what == "begin"], default=0)
        done = max([int(i) for what, i in told if what == "done"], default=0)
        ended = told[-1][0] != "begin" if told else True
        self.acknowledged = len([1 for what, _ in told if what == "done"])
        killed_agent = self.killed and self.whom == AGENT
        if killed_agent != (process.returncode == -9) or (not killed_agent and process.returncode != 0):
            self.problem = f"the stream ended with {process.returncode}: {out.decode()}{err.decode()[-3000:]}"
            return
        self.look(folder, done, done if ended else begun)

    def start(self, folder, writer, environment):
        environment["OMADM_TEST_TELL"] = str(writer)
        return subprocess.Popen(self.command("run", folder, 1, self.setup.atomics), pass_fds=[writer], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=environment)

    def look(self, folder, before, after):
        environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
        looked = subprocess.run(self.command("look", folder, before, after), capture_output=True, timeout=120, check=False,
                                env=environment)
        self.found = looked.stdout.decode().strip()
        if looked.returncode != 0:
            self.problem = f"between {before} and {after}: {self.found}\n{looked.stderr.decode()[-3000:]}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--atomics", type=int, default=12)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--at", type=int, default=0, help="one point alone")
    parser.add_argument("--isolate", choices=("keeps", "stages"), default="stages", help="which plugin gets the process")
    parser.add_argument("folder")
    parser.add_argument("host")
    setup = parser.parse_args()
    setup.folder = os.path.abspath(setup.folder)
    began = time.time()
    setup.scratch = tempfile.mkdtemp(prefix="omadm-crash-points-")
    os.chmod(setup.scratch, 0o755)
    try:
        return try_points(setup, began)
    finally:
        shutil.rmtree(setup.scratch, ignore_errors=True)


def points_of(setup, calls):
    """Every call, or an even sample: one call of each of N stretches of the same length."""
    if setup.at:
        return [setup.at]
    if not setup.sample or setup.sample >= calls:
        return list(range(1, calls + 1))
    chance = random.Random(setup.seed)
    edges = [1 + calls * i // setup.sample for i in range(setup.sample + 1)]
    return [chance.randrange(low, high) for low, high in zip(edges, edges[1:])]


def try_points(setup, began):
    whole = Trial(setup, 0, NOBODY).run()
    if whole.problem:
        print(f"NOT OK without a kill: {whole.problem}")
        return 1
    points = points_of(setup, whole.calls)
    victims = [AGENT] if setup.host == "-" else [AGENT, CHILD]
    trials = [Trial(setup, at, whom) for whom in victims for at in points]
    bad, found, killed = 0, {}, dict.fromkeys(victims, 0)
    with concurrent.futures.ThreadPoolExecutor(setup.jobs) as pool:
        for trial in pool.map(Trial.run, trials):
            killed[trial.whom] += bool(trial.killed)
            found[trial.found] = found.get(trial.found, 0) + 1
            if trial.problem:
                bad += 1
                print(f"NOT OK: {WHOM[trial.whom]} killed behind call {trial.at}: {trial.problem}")
    how = "every one" if len(points) == whole.calls else f"an even sample, seed {setup.seed}"
    print(f"{setup.atomics} Atomics, {whole.acknowledged} acknowledged; {whole.calls} calls, {whole.in_child} of them of the plugin's process")
    print(f"{len(points)} points ({how}), killed: " + ", ".join(f"{WHOM[w]} {n}" for w, n in killed.items()))
    print(f"before {found.get('before', 0)}, after {found.get('after', 0)}, both alike {found.get('both', 0)}; {bad} violations; "
          f"{time.time() - began:.0f} s")
    return 1 if bad or not any(killed.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

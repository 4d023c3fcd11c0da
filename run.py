#!/usr/bin/env python3
"""Set up and run in one step; needs only Python 3.11 and pip (standard library only).

python3 run.py reproduce   every analysis on the data that the repository carries
python3 run.py test        the test suite
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent
VENV = pathlib.Path(os.environ.get("CLUSTERSTATS_VENV", ROOT / ".venv"))
LOCK, LOWEST = "requirements.lock", "requirements-lowest.lock"

Command = list[str]
# goal: (what it does, extras to install, lock file, commands for the environment's Python)
GOALS: dict[str, tuple[str, str, str, list[Command]]] = {
    "reproduce": ("run every analysis", "", LOCK, [["-m", "clusterstats", "reproduce"]]),
    "test": ("run the test suite", "[test]", LOCK, [["-m", "pytest", "-n", "2"]]),
    "test-all": (
        "run the suite with its long simulations",
        "[test]",
        LOCK,
        [["-m", "pytest", "-n", "2", "-m", ""]],
    ),
    "test-lowest": (
        "run the suite on the lowest declared versions",
        "[test]",
        LOWEST,
        [["-m", "pytest", "-n", "2"]],
    ),
    "check": (
        "lint, format and types",
        "[test,lint]",
        LOCK,
        [
            ["-m", "ruff", "check", "."],
            ["-m", "ruff", "format", "--check", "."],
            ["-m", "mypy"],
        ],
    ),
    "docs": (
        "build the documentation",
        "[docs]",
        LOCK,
        [["-m", "sphinx", "-W", "-q", "-b", "html", "docs", "docs/_build/html"]],
    ),
    "bench": ("time it against its peers", "[test]", LOCK, [["bench/run.py"]]),
}


def say(text: str) -> None:
    """Tell the terminal what happens next."""
    print(f"run.py: {text}", flush=True)


def sh(*command: object) -> None:
    """Run one set-up command, or stop with its exit code."""
    say(" ".join(map(str, command)))
    done = subprocess.run([str(c) for c in command], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(f"run.py: set-up failed (exit {done.returncode}); the lines above say why.")


def has(module: str) -> bool:
    """Tell whether the Python that runs this script can import a module."""
    command = [sys.executable, "-c", f"import {module}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def python_of(venv: pathlib.Path) -> pathlib.Path:
    """Path of an environment's interpreter."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fingerprint(extras: str, lock: str) -> str:
    """Name what an environment holds: it changes when anything to be installed does."""
    files = b"".join((ROOT / name).read_bytes() for name in ("pyproject.toml", lock))
    return hashlib.sha256((extras + sys.version + str(ROOT)).encode() + files).hexdigest()


def ensure(venv: pathlib.Path, extras: str, lock: str) -> pathlib.Path:
    """Make the environment if need be, with locked versions; return its interpreter."""
    python, stamp = python_of(venv), venv / ".stamp"
    want = fingerprint(extras, lock)
    if python.exists() and stamp.exists() and want in stamp.read_text().split():
        return python
    target = ["-c", lock, "-e", "." + extras]
    uv = shutil.which("uv")
    if uv:
        if not python.exists():
            sh(uv, "venv", "-q", "--python", sys.executable, venv)
        sh(uv, "pip", "install", "-q", "--python", python, *target)
    elif has("pip"):  # Debian has pip without python3-venv and refuses to write to its own Python
        if not python.exists():
            sh(sys.executable, "-m", "venv", "--without-pip", venv)
        sh(sys.executable, "-m", "pip", "--python", python, "install", "-q", *target)
    elif has("ensurepip"):
        if not python.exists():
            sh(sys.executable, "-m", "venv", venv)
        sh(python, "-m", "pip", "install", "-q", *target)
    else:
        sys.exit("run.py: this Python has neither pip nor ensurepip; install python3-pip or uv.")
    with stamp.open("a") as file:
        file.write(want + "\n")
    return python


def usage() -> str:
    """One line for each goal."""
    return "usage: python3 run.py GOAL [arguments passed on]\n" + "\n".join(
        f"  {name:<12} {about}" for name, (about, *_) in GOALS.items()
    )


def environment(command: list[str]) -> dict[str, str] | None:
    """Test workers share the cores: linear algebra with a thread each is quicker than with all."""
    if "pytest" not in command:
        return None
    return {"OPENBLAS_NUM_THREADS": "1", **os.environ}


def main() -> None:
    """Set up what the goal needs, then run its commands; the first failure ends it."""
    goal, *rest = sys.argv[1:] or ["--help"]
    if goal in ("-h", "--help"):
        print(usage())
        return
    if sys.version_info < (3, 11):  # noqa: UP036 (an old Python gets a sentence, not a traceback)
        sys.exit("run.py: clusterstats needs Python 3.11 or newer; run this file with python3.11.")
    if goal not in GOALS:
        sys.exit(f"run.py: no goal {goal!r}\n{usage()}")
    _, extras, lock, commands = GOALS[goal]
    venv = VENV if lock == LOCK else VENV.with_name(VENV.name + "-lowest")
    python = ensure(venv, extras, lock)
    for command in commands:
        extra = rest if command is commands[-1] else []
        code = subprocess.call([str(python), *command, *extra], cwd=ROOT, env=environment(command))
        if code:
            sys.exit(code)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("run.py: stopped; files are written whole or not at all")

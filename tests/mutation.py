"""Mutation probe: one operator of one kernel changed at a time; some test must fail.

Run ``python -m tests.mutation [FAMILY or FILE ...]``. The checkout is copied, its tests collected
once, and every mutant tried in a forked child that swaps the function's code in memory. A first
pass notes which checks reach which function, so that a mutant meets only those, quickest first.
"""

from __future__ import annotations

import argparse
import ast
import fnmatch
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import Pipe
from pathlib import Path, PurePath
from types import CodeType, FunctionType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.toml")
IGNORED = shutil.ignore_patterns(".*", "__pycache__", "results", "_build")

Edit = tuple[Any, str, Any]  # a node, one of its fields, what the field becomes
Timing = tuple[float, frozenset[tuple[str, str]], bool]


@dataclass(frozen=True)
class Family:
    """Files to be mutated, and what is run against them (patterns)."""

    files: tuple[str, ...]
    tests: tuple[str, ...]
    calls: tuple[str, ...] = ()


def _measures(name: str, *tests: str, calls: tuple[str, ...] = ()) -> Family:
    """A folder of measures; its own tests are always run."""
    own = (name, *tests, "printed_values")
    files = (f"tests/measures/{pattern}" for one in own for pattern in (f"test_{one}*.py", one))
    return Family((f"measures/{name}/*.py",), tuple(files), calls)


FAMILIES = {
    "relatedness": _measures("relatedness", "complexity", calls=("relatedness",)),
    "interaction": _measures("interaction", calls=("interaction",)),
    "dynamics": _measures("dynamics", "convergence", "shift_share", calls=("dynamics",)),
    "disparities": _measures("disparities", "convergence", "devereux", calls=("disparities",)),
    "partial": _measures("partial", "partial/test_*.py"),
    "establishments": _measures(
        "establishments", "coagg*", "coloc*", "dartboard", "devereux", "plant*",
        "location_correlation", calls=("plants", "coagglomeration"),
    ),
    "specialization": _measures("specialization", calls=("specialization",)),
    "concentration": _measures("concentration", "specialization", calls=("concentration",)),
    "location": _measures("location", "litzenberger", "difference", calls=("location",)),
    "machinery": Family(
        ("measures/[!_]*.py",),
        ("tests/measures/test_difference.py", "tests/inference/test_*.py",
         "tests/measures/test_location_quotient.py", "tests/measures/test_machinery*.py"),
    ),
    "inference": Family(
        ("inference/*.py",),
        ("tests/inference/test_*.py", "tests/measures/test_location_quotient.py",
         "tests/measures/test_dartboard.py", "tests/measures/partial/test_imputing.py",
         "tests/measures/test_location_shrunken*.py"),
    ),
}  # fmt: skip


# --- mutations ------------------------------------------------------------------------------


OPERATORS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div,), ast.Div: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,), ast.BitOr: (ast.BitAnd,), ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE), ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,),
}  # fmt: skip
BINDING = {ast.BitOr: 0, ast.BitAnd: 1, ast.Add: 2, ast.Sub: 2, ast.Mult: 3, ast.Div: 3, ast.Pow: 5}


def _is_text(node: ast.AST) -> bool:
    """Whether a sum is of strings or lists."""
    kinds = (ast.JoinedStr, ast.List, ast.Dict, ast.ListComp, ast.Set)
    return isinstance(node, kinds) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _of_binary(node: ast.BinOp) -> Iterator[list[Edit]]:
    """Another operator, or a parenthesis dropped on either side."""
    if _is_text(node.left) or _is_text(node.right):
        return
    for other in OPERATORS.get(type(node.op), ()):
        yield [(node, "op", other())]
    outer = BINDING.get(type(node.op))
    left, right = node.left, node.right
    if outer is None:
        return
    if isinstance(right, ast.BinOp) and type(right.op) in BINDING:
        inner = BINDING[type(right.op)]
        if inner < outer or (inner == outer and isinstance(node.op, ast.Sub | ast.Div)):
            first = ast.BinOp(left, node.op, right.left)
            yield [(node, "left", first), (node, "op", right.op), (node, "right", right.right)]
    if isinstance(left, ast.BinOp) and BINDING.get(type(left.op), 9) < outer:
        last = ast.BinOp(left.right, node.op, right)
        yield [(node, "left", left.left), (node, "op", left.op), (node, "right", last)]


def _of_constant(value: object) -> Iterator[object]:
    """Another number; 0 and tolerances stay."""
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) < 1e-6:
        return
    if isinstance(value, float):
        yield 2 * value
    else:
        yield value + 1 if value == 1 else value - 1


def _of(node: ast.AST) -> Iterator[list[Edit]]:
    """Every change of one node."""
    if isinstance(node, ast.BinOp):
        yield from _of_binary(node)
    elif isinstance(node, ast.AugAssign):
        yield from ([(node, "op", other())] for other in OPERATORS.get(type(node.op), ()))
    elif isinstance(node, ast.Compare):
        first, *others = node.ops
        yield from ([(node, "ops", [o(), *others])] for o in OPERATORS.get(type(first), ()))
    elif isinstance(node, ast.Constant):
        yield from ([(node, "value", other)] for other in _of_constant(node.value))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        is_number = isinstance(node.operand, ast.Constant)
        yield from [] if is_number else [[(node, "op", ast.UAdd())]]


def _nodes(node: ast.AST, around: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """A function's nodes that compute, each with the expression it is shown in."""
    skipped = (ast.Raise, ast.JoinedStr, ast.arguments, ast.Assert)
    inner = (ast.UnaryOp, ast.keyword, ast.Slice, ast.Tuple)
    whole = around if isinstance(node, inner) else node
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".reshape"):
        yield from _nodes(node.func, whole)  # any length below 0 is the one that is left
        return
    for name, child in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for part in child if isinstance(child, list) else [child]:
            if isinstance(part, ast.AST) and not isinstance(part, skipped):
                yield part, whole if isinstance(part, ast.Constant | ast.UnaryOp) else part
                yield from _nodes(part, whole)


@dataclass(frozen=True)
class Mutant:
    """One change of one function, with the code that it compiles to."""

    file: str
    function: str
    line: int
    change: str
    code: CodeType

    @property
    def key(self) -> str:
        """What it is listed by among the equivalent ones."""
        return f"{self.file}:{self.function}: {self.change}"


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions and methods that compute: no doors, no declarations."""
    owners: list[tuple[str, Any]] = [("", tree)]
    owners += [(f"{n.name}.", n) for n in tree.body if isinstance(n, ast.ClassDef)]
    for prefix, owner in owners:
        for node in owner.body:
            if isinstance(node, ast.FunctionDef):
                marks = " ".join(ast.unparse(mark) for mark in node.decorator_list)
                gives = ast.unparse(node.returns) if node.returns else ""
                if not marks.startswith("register(") and gives != "Declaration":
                    yield prefix + node.name, node


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A code object and all inside."""
    yield code
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _codes(part)


def mutants_of(path: Path, name: str) -> Iterator[Mutant]:
    """Every mutant of one file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function, top in _functions(tree):
        for node, shown in _nodes(top, top):
            before = ast.unparse(shown)
            for edits in _of(node):
                old = [(n, field, getattr(n, field)) for n, field, _ in edits]
                for n, field, value in edits:
                    setattr(n, field, value)
                change = f"{before} -> {ast.unparse(shown)}"
                whole = compile(ast.fix_missing_locations(tree), str(path), "exec")
                code = next(c for c in _codes(whole) if c.co_qualname == function)
                for n, field, value in old:
                    setattr(n, field, value)
                yield Mutant(name, function, getattr(node, "lineno", top.lineno), change, code)


def _live(name: str, function: str) -> FunctionType:
    """The function object a mutant's code goes into."""
    found: Any = import_module("clusterstats." + name.removesuffix(".py").replace("/", "."))
    for part in function.split("."):
        found = vars(found)[part]
    for inner in ("fget", "func", "__func__", "__wrapped__"):
        found = getattr(found, inner, found)
    assert isinstance(found, FunctionType)
    return found


# --- checks ---------------------------------------------------------------------------------


@dataclass
class Check:
    """A test or a pair of the reference files."""

    name: str
    passes: Callable[[], bool]
    seconds: float = 0.0
    reached: frozenset[tuple[str, str]] = frozenset()


class _Collected:
    """Plugin that collects, then hands over instead of running."""

    def __init__(self, work: Callable[[list[Check]], None], measures: set[str]) -> None:
        self.work, self.measures, self.failed = work, measures, False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed |= report.failed

    def _passes(self, item: pytest.Item) -> bool:
        self.failed = False
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        return not self.failed

    def _is_wanted(self, item: pytest.Item) -> bool:
        """Of the contract, only the family's measures."""
        if "test_contract.py" not in item.nodeid:
            return True
        return any(f"[{name}-" in item.nodeid for name in self.measures)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        wanted = [item for item in session.items if self._is_wanted(item)]
        self.work([Check(i.nodeid, lambda i=i: self._passes(i)) for i in wanted])  # type: ignore[misc]
        return True


def _reference_checks(calls: tuple[str, ...]) -> Iterator[Check]:
    """The family's pairs of the reference files, where those are at hand."""
    folder = Path(os.environ.get("CLUSTERSTATS_REFERENCE", "none")) / "indices"
    if not folder.is_dir():
        return
    from tests.reference.compare import compare_pair, expected

    pairs = {p for call in calls for p in import_module(f"tests.reference.calls.{call}").CALLS}
    for path in sorted((folder / "expected").glob("*.csv")):
        for pair, rows in expected(path).groupby(["measure", "variant"], sort=False):
            if pair in pairs:
                yield Check(
                    f"{path.name}::{'/'.join(pair)}",
                    lambda f=path.name, p=pair, r=rows: (  # type: ignore[misc]
                        not compare_pair(f, p, r, folder / "inputs").failed
                    ),
                )


def _first_failure(checks: list[Check]) -> str:
    """Name of the first check that fails, takes far too long or breaks."""

    def late(*_: object) -> None:
        os._exit(9)

    signal.signal(signal.SIGALRM, late)
    for check in checks:
        signal.alarm(10 + int(10 * check.seconds))
        try:
            if not check.passes():
                return check.name
        except Exception:
            return check.name
    return ""


def _timed(checks: list[Check], package: str, most: float) -> list[Timing]:
    """Seconds, functions reached and success of each check; one that takes too long fails."""
    seen: set[tuple[str, str]] = set()

    def watch(frame: Any, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(package):
            seen.add((code.co_filename[len(package) + 1 :], code.co_qualname))

    def late(*_: object) -> None:
        raise TimeoutError(f"more than {most} seconds")

    signal.signal(signal.SIGALRM, late)
    done = []
    for check in checks:
        seen.clear()
        signal.setitimer(signal.ITIMER_REAL, most)
        start = time.perf_counter()
        sys.setprofile(watch)
        try:
            is_good = check.passes()
        except Exception:
            is_good = False
        sys.setprofile(None)
        signal.setitimer(signal.ITIMER_REAL, 0)
        done.append((time.perf_counter() - start, frozenset(seen), is_good))
    return done


def _in_child(work: Callable[[], Any]) -> Any:
    """What work gives in a forked, silent child; None if that broke or took too long."""
    here, there = Pipe(duplex=False)
    if (child := os.fork()) == 0:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        there.send(work())
        os._exit(0)
    there.close()
    try:
        return here.recv()
    except EOFError:
        return None
    finally:
        os.waitpid(child, 0)


@dataclass(frozen=True)
class Limits:
    """Seconds for a family, and of tests for one mutant; whether the contract is run too."""

    family: float
    mutant: float
    is_whole: bool


# --- a family -------------------------------------------------------------------------------


def _try(mutant: Mutant, checks: list[Check]) -> str | None:
    """Which check kills it: its name, "" if none does, None if it never ends."""

    def work() -> str:
        _live(mutant.file, mutant.function).__code__ = mutant.code
        return _first_failure(checks)

    answer: str | None = _in_child(work)
    return answer


def _within(checks: list[Check], mutant: Mutant, seconds: float) -> list[Check]:
    """Those that reach a mutant's function, quickest first, of so many seconds together."""
    reaching = [c for c in checks if (mutant.file, mutant.function) in c.reached]
    spent = itertools.accumulate(check.seconds for check in reaching)
    return [check for check, s in zip(reaching, spent, strict=True) if s <= seconds]


def _noted(checks: list[Check], package: str, most: float) -> list[Check]:
    """The checks that pass unmutated and in time, with what they reach, quickest first."""
    timings = _in_child(lambda: _timed(checks, package, most))
    for check, (took, reached, _) in zip(checks, timings, strict=True):
        check.seconds, check.reached = took, reached
    passing = [check for check, (_, _, good) in zip(checks, timings, strict=True) if good]
    return sorted(passing, key=lambda check: check.seconds)


def _probe(family: str, files: list[Path], checks: list[Check], limits: Limits) -> None:
    """Try every mutant of the files and print those that survive."""
    package = ROOT / "clusterstats"
    listed = tomllib.loads(EQUIVALENT.read_text("utf-8"))
    good = _noted(checks, str(package), limits.mutant)
    count: Counter[str] = Counter()
    end = time.monotonic() + limits.family
    for mutant in (m for f in files for m in mutants_of(f, f.relative_to(package).as_posix())):
        if mutant.key in listed or time.monotonic() > end:
            count["equivalent" if mutant.key in listed else "not tried"] += 1
            continue
        reaching = _within(good, mutant, limits.mutant)
        has_survived = _try(mutant, reaching) == ""
        count["survived" if has_survived else "killed"] += 1
        if has_survived:
            note = "" if reaching else "  (reached by no test)"
            print(f"{mutant.key}  line {mutant.line}{note}", flush=True)
    said = ", ".join(f"{n} {what}" for what, n in sorted(count.items()))
    left = len(checks) - len(good)
    print(f"{family}: {said}; {left} of {len(checks)} checks fail or are slow", flush=True)


def _measures_in(files: list[Path]) -> set[str]:
    """Names of the measures whose doors are in the files."""
    registry = import_module("clusterstats.measures").REGISTRY
    paths = {str(path.relative_to(ROOT).with_suffix("")) for path in files}
    return {name for name, e in registry.items() if e.door.__module__.replace(".", "/") in paths}


def probe(family: str, only: list[str], limits: Limits) -> None:
    """Collect a family's checks and try its mutants."""
    chosen = FAMILIES[family]
    package = ROOT / "clusterstats"
    files = [path for pattern in chosen.files for path in sorted(package.glob(pattern))]
    files = [f for f in files if not only or any(fnmatch.fnmatch(str(f), f"*{o}") for o in only)]
    tests = {str(path) for pattern in chosen.tests for path in sorted(ROOT.glob(pattern))}
    measures = _measures_in(files) if limits.is_whole else set()
    tests |= {str(ROOT / "tests/measures/test_contract.py")} if measures else set()

    def work(checks: list[Check]) -> None:
        _probe(family, files, [*checks, *_reference_checks(chosen.calls)], limits)

    options = ["-o", "addopts=", "-p", "no:terminal", "-p", "no:cacheprovider", "--capture=no"]
    options += ["--assert=plain", "--doctest-modules", "-m", "not slow"]
    code = pytest.main([*options, *map(str, files), *sorted(tests)], [_Collected(work, measures)])
    if code:
        print(f"{family}: its tests can't be collected ({code!r})", flush=True)


def _repeatable() -> None:
    """Hypothesis draws the same examples each time and doesn't shrink them."""
    from hypothesis import Phase, settings

    settings.register_profile(
        "mutation", derandomize=True, deadline=None, database=None,
        phases=[Phase.explicit, Phase.generate],
    )  # fmt: skip
    settings.load_profile("mutation")


def _in_a_copy(arguments: list[str]) -> int:
    """Run this module in a copy of the checkout, which others may be editing."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "checkout")
        shutil.copytree(ROOT, copy, ignore=IGNORED)
        shared = ROOT.parent / "shared"
        defaults = {"CLUSTERSTATS_DATA": str(shared / "data"),
                    "CLUSTERSTATS_REFERENCE": str(shared / "reference")}  # fmt: skip
        given = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(copy)}
        environment = defaults | dict(os.environ) | given | {"MUTATION_COPY": "1"}
        command = [sys.executable, "-m", "tests.mutation", *arguments]
        return subprocess.run(command, cwd=copy, env=environment, check=False).returncode


def main() -> int:
    """Probe the families, or the files, that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("named", nargs="*", metavar="FAMILY or FILE")
    parser.add_argument("--seconds", type=float, default=3600.0, help="at most, a family")
    parser.add_argument("--each", type=float, default=60.0, help="of tests at most, a mutant")
    parser.add_argument("--quick", action="store_true", help="without the contract's battery")
    options = parser.parse_args()
    if "MUTATION_COPY" not in os.environ:
        return _in_a_copy(sys.argv[1:])
    _repeatable()
    limits = Limits(options.seconds, options.each, not options.quick)
    for family in FAMILIES:
        patterns = FAMILIES[family].files
        inside = [n for n in options.named if any(PurePath(n).match(p) for p in patterns)]
        if not options.named or family in options.named or inside:
            probe(family, [] if family in options.named else inside, limits)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Make the embedded tables from the publishers' files: ``python datasets/make.py [NAME ...]``.

Each dataset is a folder with a `dataset.toml` and one data file. Where `dataset.toml` says
``made_by = "make.py"``, that script's `build(folder)` returns the table from the publishers' files,
found in the folder named by CLUSTERSTATS_DATA (else `../shared/data` beside the repository).
Tables without a script are kept by hand. Both kinds are sealed here: `rows` and `sha256` are
written into `dataset.toml`, and `LICENSES.md` is written from all of them.
"""

import argparse
import gzip
import hashlib
import importlib.util
import io
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from clusterstats._files import write_atomic
from clusterstats.datasets import Dataset, describe, load
from clusterstats.datasets import list as list_datasets
from clusterstats.errors import DatasetError

HERE = Path(__file__).resolve().parent
PLAIN_LIMIT = 150_000
"""Bytes above which a data file has to be named `.csv.gz`."""

Build = Callable[[Path], pd.DataFrame]


def publishers_folder() -> Path:
    """Return the folder of publishers' files, or raise saying how to give one."""
    folder = Path(os.environ.get("CLUSTERSTATS_DATA", HERE.parents[1] / "shared" / "data"))
    if not folder.is_dir():
        raise DatasetError("no publishers' files: set CLUSTERSTATS_DATA to the folder with them")
    return folder


def build_function(dataset: Dataset) -> Build:
    """Return `build` from the script beside the dataset."""
    path = dataset.folder / dataset.made_by
    spec = importlib.util.spec_from_file_location(f"make_{dataset.name}", path)
    if spec is None or spec.loader is None:
        raise DatasetError(f"{dataset.name}: {path.name} can't be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    build: Build = module.build
    return build


def to_text(table: pd.DataFrame) -> str:
    """Return the table as it is kept: commas, LF, blanks for what is missing, true and false."""
    flags = table.select_dtypes(["bool", "boolean"]).columns
    words = {name: table[name].map({True: "true", False: "false"}) for name in flags}
    return table.assign(**words).to_csv(index=False, lineterminator="\n")


def pack(text: str, file: str) -> bytes:
    """Return the bytes of a data file; a gzip carries no time, so its bytes are repeatable."""
    content = text.encode()
    if file.endswith(".gz"):
        return gzip.compress(content, compresslevel=9, mtime=0)
    if len(content) > PLAIN_LIMIT:
        raise DatasetError(f"{file} has {len(content)} bytes: name it {file}.gz in dataset.toml")
    return content


def seal(dataset: Dataset) -> None:
    """Write the sha256 and the number of rows of the data file into `dataset.toml`."""
    content = (dataset.folder / dataset.file).read_bytes()
    text = gzip.decompress(content) if dataset.file.endswith(".gz") else content
    rows = len(pd.read_csv(io.BytesIO(text), dtype=str, keep_default_na=False))
    toml = dataset.folder / "dataset.toml"
    new = re.sub(r"(?m)^rows = .*$", f"rows = {rows}", toml.read_text(encoding="utf-8"))
    digest = hashlib.sha256(content).hexdigest()
    write_atomic(toml, re.sub(r"(?m)^sha256 = .*$", f'sha256 = "{digest}"', new))


def make(dataset: Dataset) -> None:
    """Build the table where a script makes it, and seal it."""
    if dataset.made_by:
        text = to_text(build_function(dataset)(publishers_folder()))
        write_atomic(dataset.folder / dataset.file, pack(text, dataset.file))
    seal(dataset)


def licences(datasets: Iterable[Dataset]) -> str:
    """Return `LICENSES.md`: one line a dataset."""
    head = [
        "# Data licences",
        "",
        "The code is under the BSD 3-Clause licence. Each embedded table keeps its own terms:",
        "",
        "| dataset | publisher | licence | attribution |",
        "|---|---|---|---|",
    ]
    body = [f"| `{d.name}` | {d.publisher} | {d.licence} | {d.attribution} |" for d in datasets]
    tail = [
        "",
        "`urssaf_rouen` is a database under the ODbL: `urssaf/ODbL-NOTICE.md` says what that asks.",
        "Written by `python datasets/make.py`.",
    ]
    return "\n".join([*head, *body, *tail]) + "\n"


def main() -> None:
    """Make the datasets named on the command line, or all of them."""
    parser = argparse.ArgumentParser(description="make the embedded tables")
    known = list(list_datasets()["name"])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    for name in parser.parse_args().names or known:
        make(describe(name))
        print(f"{name}: {len(load(name))} rows")
    write_atomic(HERE / "LICENSES.md", licences(describe(name) for name in known))


if __name__ == "__main__":
    main()

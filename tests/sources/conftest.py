"""Small URSSAF files on made-up communes, and the engines that read files."""

import gzip
import importlib.util
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

LABELS = (
    "Zone d'emploi;EPCI;Nom commune;Commune;Secteur NA17;Secteur NA38;Secteur NA88;APE;"
    "Code département;Code zone d'emploi;Code EPCI;Code commune;Code APE;"
    "Nombre d'établissements 2021;Effectifs salariés 2021;"
    "Nombre d'établissements 2022;Effectifs salariés 2022"
)
ROWS = (
    "Brume;CC des Îles;Œuf-l’Éclair;2A004 Œuf-l’Éclair;JZ Information;JA Édition;"
    "59 Films ;5911A Films, télévision;2A;56;200000001;2A004;5911A;;;1;0",
    'Brume;;Clairval;01004 Clairval;"MN Conseil ; soutien";MA Conseil;71 Architecture;'
    "7111Z Architecture;01;2815;;01004;7111Z;2;31;3;",
)

ENGINES = ("duckdb", "polars", "pandas", pytest.param("spark", marks=pytest.mark.slow))

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write lines to a file; its name decides about gzip."""

    def write(*lines: str, name: str = "u.csv", encoding: str = "utf-8", end: str = "\n") -> Path:
        content = end.join((*lines, "")).encode(encoding)
        path = tmp_path / name
        path.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
        return path

    return write


@pytest.fixture
def labelled(write: Write) -> Path:
    return write(LABELS, *ROWS, encoding="utf-8-sig", end="\r\n")


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    if importlib.util.find_spec("pyspark") is None:
        pytest.skip("pyspark is not installed (extra `spark`)")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, which is not installed")
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("spark") if request.param == "spark" else request.param

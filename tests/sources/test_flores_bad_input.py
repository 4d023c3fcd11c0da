"""Bad FLORES files: one sentence that names file, column, line, value and remedy."""

import pytest

from tests.sources.flores_files import HEADER, WIDE, refused, row, write


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"geo": "1004"}, "column 'GEO': '1004' is not a commune code"),
        ({"activity": "J"}, "column 'ACTIVITY': 'J' is not an industry of NA17 or NA88"),
        ({"measure": "JOBS"}, "column 'FLORES_MEASURE': 'JOBS' is not a measure; use UNIT_LOC"),
        ({"status": "Z"}, "column 'OBS_STATUS': 'Z' is not a status; use A, K or W"),
        ({"year": "24"}, "column 'TIME_PERIOD': '24' is not a year"),
        ({"value": "-3"}, "column 'OBS_VALUE': '-3' is negative"),
        ({"value": ""}, "column 'OBS_VALUE': a blank with status 'A'; only K (suppressed)"),
        ({"status": "K"}, "column 'OBS_VALUE': '5' with status 'K'; only K (suppressed) goes"),
    ],
)
def test_impossible_values(tmp_path, values, message):
    lines = [row("F", "FRANCE"), row(activity="AZ"), row(**values)]
    refused(write(tmp_path / "f.csv", *lines), f"f.csv, line 4, {message}")


def test_impossible_files(tmp_path):
    path = tmp_path / "f.csv"
    refused(write(path, row(), row()), "f.csv, line 3: ('01004', 'JZ', '2024', 'EMPL3112')")
    refused(write(path, row(), row(activity="59")), "industries of NA17 and of NA88 in one file")
    refused(write(path, row(activity="_T")), "f.csv: no row by industry over all sizes")
    refused(write(path), "f.csv: a header without rows")
    refused(write(path, row() + ";1"), "f.csv, line 2: 10 value(s)", "the header has 9 columns")
    refused(write(path, row()[:-9]), "f.csv, line 2: ", "the header has 9 columns")
    comma = [text.replace(";", ",") for text in (row(), HEADER)]
    refused(write(path, comma[0], header=comma[1]), "f.csv, line 1: the delimiter is ',', not ';'")
    header = HEADER.replace("OBS_VALUE", "VALUE")
    refused(write(path, row(), header=header), "column 'OBS_VALUE' is missing; the nearest is")


def test_impossible_wide_files(tmp_path):
    path = tmp_path / "FLORES2021.csv"
    refused(write(path, "1004;C;5;2;3;1;1", header=WIDE), "line 2, column 'CODGEO': '1004'")
    refused(write(path, "01004;C;5;s;3;1;1", header=WIDE), "line 2, column 'ET_AZ': 's' is not a")
    refused(write(path, "01004;1", header="CODGEO;POP"), "column 'ET_AZ' is missing")
    twice = ["01004;C;5;2;3;1;1"] * 2
    refused(write(path, *twice, header=WIDE), "line 3: ('01004',) in columns 'CODGEO' repeats")
    mixed = "CODGEO;ET_AZ;ET_59"
    refused(write(path, "01004;1;2", header=mixed), "NA17 and of NA88 in one file")


def test_truncated(tmp_path):
    lines = [row(f"01{number:03d}", value=str(number)) for number in range(400)]
    path = write(tmp_path / "f.csv.gz", *lines)
    path.write_bytes(path.read_bytes()[:-40])
    refused(path, "f.csv.gz is a truncated or damaged gzip file")

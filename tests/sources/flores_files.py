"""Made-up files in the formats of FLORES, and how their tests read them."""

import gzip
import re

import pytest

from clusterstats.errors import SourceError
from clusterstats.sources.flores import read_flores

HEADER = (
    "GEO;GEO_OBJECT;ACTIVITY;NUMBER_EMPL;LEGAL_FORM_WITH_PUBLIC;FLORES_MEASURE;OBS_STATUS;"
    "TIME_PERIOD;OBS_VALUE"
)
WIDE = "CODGEO;LIBGEO;ET_TOT;ET_AZ;ET_JZ;ET_AZ_0sal;ET_JZ_0sal"
BY_INDUSTRY, BY_SIZE = "a total over industries", "of one size class"


def row(
    geo="01004", kind="COM", activity="JZ", size="_T", form="1T9X7", measure="EMPL3112", **rest
):
    values = {"status": "A", "year": "2024", "value": "5"} | rest
    fields = (geo, kind, activity, size, form, measure, *values.values())
    return ";".join(f'"{field}"' if field else "" for field in fields)


def pair(activity, establishments, employment, **rest):
    """Two rows of one industry; None is suppressed."""
    return [
        row(
            activity=activity,
            measure=measure,
            status="K" if value is None else "A",
            value="" if value is None else str(value),
            **rest,
        )
        for measure, value in (("UNIT_LOC", establishments), ("EMPL3112", employment))
    ]


def write(path, *lines, header=HEADER):
    content = "\n".join((header, *lines, "")).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def read(path, **options):
    reports = []
    frame = read_flores(path, report=reports.append, **options)
    return frame.sort("year", "region", "industry").collect().rows(named=True), reports[0]


def aside(tally):
    return {part.reason: (part.count, part.first_line) for part in tally.set_aside}


def noted(report):
    return {note.what: note.count for note in report.noted}


def refused(path, *parts, error=SourceError, **options):
    with pytest.raises(error, match=".*".join(map(re.escape, parts))) as caught:
        read_flores(path, **options)
    assert "\n" not in str(caught.value)

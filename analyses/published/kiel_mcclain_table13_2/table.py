"""House prices near a planned incinerator, before and after."""

from __future__ import annotations

import clusterstats as cs

from ..cells import Made, both, named
from ..data import read

TITLE = "Kiel and McClain 1995: house prices near an incinerator"
PAPER = "Wooldridge, Introductory Econometrics, table 13.2 (Kiel and McClain 1995)"
DATA = "kielmc"
SAMPLE = "321 houses sold in North Andover in 1978 and 1981"

SHOWN = named("Intercept", "y81", "nearinc", yn="y81:nearinc")
CONTROLS = {
    "(1)": "",
    "(2)": " + age + agesq",
    "(3)": " + age + agesq + intst + land + area + rooms + baths",
}
LABELS = {
    "rprice": "Real price",
    "y81": "1981",
    "nearinc": "Near the incinerator",
}


def make() -> Made:
    """Differences in differences, with more and more controls; classical errors."""
    houses = read(DATA)
    fits = {
        spec: cs.regress(f"rprice ~ y81 + nearinc + y81:nearinc{more}", houses)
        for spec, more in CONTROLS.items()
    }
    cells = [cell for spec, fit in fits.items() for cell in both(spec, fit, SHOWN)]
    layout = cs.table(
        *fits.values(), keep=list(SHOWN.values()), labels=LABELS, digits=2, title=TITLE
    )
    return Made(cells, layout)

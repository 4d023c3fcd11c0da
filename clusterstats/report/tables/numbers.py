"""Numbers of a table, as text."""

from __future__ import annotations

import math

from clusterstats.report.formats import DASH, SUPERSCRIPT

__all__ = ["count_text", "decimal_text", "decimals_of"]

MINUS = "\N{MINUS SIGN}"
MOST_DECIMALS = 8
"""A number that needs more is written with its power of ten."""
HUGE = 1e12


def decimals_of(value: float, digits: int) -> int:
    """Decimals that a number is shown with: `digits`, or what two digits take if it rounds to 0."""
    size = abs(value)
    if not math.isfinite(size) or size == 0 or size >= 0.5 * 10.0**-digits:
        return digits
    return 1 - math.floor(math.log10(size))


def decimal_text(value: float, decimals: int) -> str:
    """Write a number with so many decimals; `nan` is a dash, and only 0 is shown as 0.

    Examples
    --------
    >>> from clusterstats.report.tables.numbers import decimal_text
    >>> [decimal_text(x, 3) for x in (-0.0229, 12345.6, 0.0, 1.2e-12, float("nan"))]
    ['−0.023', '12,345.600', '0.000', '1.2 × 10⁻¹²', '–']
    """
    if math.isnan(value):
        return DASH
    sign, size = MINUS if value < 0 else "", abs(value)
    if math.isinf(size):
        return f"{sign}∞"
    needed = decimals_of(size, decimals)
    if needed > MOST_DECIMALS or size >= HUGE:
        digits, power = f"{size:.1e}".split("e")
        return f"{sign}{digits} × 10{str(int(power)).translate(SUPERSCRIPT)}"
    whole, point, rest = f"{size:.{max(needed, decimals)}f}".partition(".")
    return sign + (f"{int(whole):,}" if len(whole) > 4 else whole) + point + rest


def count_text(value: float) -> str:
    """Write a whole number, thousands set apart.

    Examples
    --------
    >>> from clusterstats.report.tables.numbers import count_text
    >>> count_text(25096), count_text(852)
    ('25,096', '852')
    """
    return DASH if math.isnan(value) else f"{value:,.0f}".replace("-", MINUS)

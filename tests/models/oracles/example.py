"""A table by arithmetic alone, the same everywhere: what other programs were run on."""

import numpy as np
import pandas as pd


def example(rows: int = 700) -> pd.DataFrame:
    """Irregular effects f, g, t; r that f is nested in; regressors x, d, instruments z, z2."""
    i = np.arange(rows)
    f, g, t = (i * 37 + i * i * 11) % 89, (i * 19 + i * i * 7) % 61, (i * 5 + i // 13) % 47
    wave = [np.sin(i * a + b * i * i) for a, b in ((1.3, 0.1), (0.7, 0.3), (2.1, 0.7), (3.7, 0.2))]
    noise = np.cos(i * 5.3 + 0.01 * i * i) * (1 + 0.5 * np.sin(f))
    d = wave[1] + 0.5 * wave[2] + 0.6 * noise + 0.2 * np.cos(g)
    y = wave[0] + 2 * d + noise + 0.3 * np.sin(f) + np.cos(g) + np.sin(3.0 * t)
    return pd.DataFrame(
        {
            "f": f,
            "g": g,
            "t": t,
            "r": f % 43,
            "q": (i * 3 + i * i) % 53,
            "x": wave[0] + 0.2 * np.sin(t),
            "d": d,
            "z": wave[1],
            "z2": wave[2] + 0.3 * wave[3],
            "w": 1.2 + wave[3],
            "y": y,
        }
    )

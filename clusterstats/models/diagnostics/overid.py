"""Over-identifying restrictions: Sargan's test, or Hansen's J where errors may differ."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import chi2

from clusterstats.models.covariance import Classical, SmallSample
from clusterstats.models.diagnostics.weak import require_iv
from clusterstats.models.fit import Fit
from clusterstats.models.stages import sandwich_of, stages_of

__all__ = ["overidentification"]


def overidentification(fit: Fit) -> pd.DataFrame:
    """Test that all instruments agree on the coefficients: Sargan's or Hansen's, by the covariance.

    Parameters
    ----------
    fit : Fit
        Two-stage least squares with more instruments than endogenous regressors.

    Returns
    -------
    DataFrame
        One row: `test` (`Sargan` under `Classical()`, else `Hansen J`), `statistic`, `df`,
        `p_value`, `note`. With as many instruments as endogenous regressors, or fewer clusters than
        instruments, there is nothing to test: `nan`, and the note says why.

    Raises
    ------
    OptionError
        A fit without instruments.

    Notes
    -----
    Sargan: `n u'P u / u'u`, `P` on the instruments, `u` the residuals of 2SLS. Hansen: the minimum
    of `g(b)' S^-1 g(b)`, `g = Z'(y - d b)` off the exogenous regressors, `S` the sum of scores at
    the residuals of 2SLS without small-sample factors, as in ivreg2. Covariances are replaced as in
    `first_stage`.

    References
    ----------
    Sargan, J. D. (1958). The estimation of economic relationships using instrumental variables.
    Econometrica 26, 393-415.

    Hansen, L. P. (1982). Large sample properties of generalized method of moments estimators.
    Econometrica 50, 1029-1054 (lemma 4.2).

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> random = np.random.default_rng(1)
    >>> z1, z2, u = random.normal(size=(3, 300))
    >>> d = z1 + z2 + u
    >>> data = pd.DataFrame({"y": d + u, "d": d, "z1": z1, "z2": z2})
    >>> fit = cs.regress("y ~ 1 | | d ~ z1 + z2", data, covariance=cs.Robust("HC1"))
    >>> cs.overidentification(fit)[["test", "df"]]
           test  df
    0  Hansen J   1
    """
    solution = require_iv(fit)
    option, stages = sandwich_of(fit.asked), stages_of(solution)
    l, m = stages.first.shape  # noqa: E741
    name = "Sargan" if isinstance(option, Classical) else "Hansen J"
    u = np.sqrt(solution.w) * solution.u
    bare = SmallSample(adjust_k=False, adjust_g=False)
    spread = stages.meat(u[:, None], option, bare)
    note, statistic = "", np.nan
    if l == m:
        note = "exactly identified: as many instruments as endogenous regressors"
    elif np.linalg.matrix_rank(spread, hermitian=True) < l:
        note = "not defined: fewer clusters (or periods) than instruments"
    else:
        weight = np.linalg.inv(spread)
        moment, slope = stages.reduced, stages.first
        best = np.linalg.solve(slope.T @ weight @ slope, slope.T @ weight @ moment)
        gap = moment - slope @ best
        statistic = float(gap @ weight @ gap)
    row = {"test": name, "statistic": statistic, "df": l - m}
    p_value = float(chi2.sf(statistic, l - m)) if l > m else np.nan
    table = pd.DataFrame([row | {"p_value": p_value, "note": note}])
    table.attrs["covariance"] = repr(option)
    return table

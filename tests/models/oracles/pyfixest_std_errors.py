"""Standard errors by pyfixest on the example, printed as csv.

`python -m tests.models.oracles.pyfixest_std_errors > pyfixest_std_errors.csv`, with pyfixest, which
is no dependency, installed beside this package. Version 0.60 takes the columns of several fixed
effects from a set, so that their order follows PYTHONHASHSEED, and counts nested effects wrongly
unless that is the order of the formula: try seeds (1 served) until this one is content.
"""

import sys

from tests.models.oracles.example import example

COVARIANCES = ["iid", "hetero", "f", "r", "q", "f+t", "r+g", "q+t"]
EFFECTS = ["", "f", "f+g", "f+g+t"]


def main() -> None:
    import pyfixest as pf
    from pyfixest.demeaners import MapDemeaner

    exact = MapDemeaner(fixef_tol=1e-14, fixef_maxiter=1_000_000)
    table = example()
    print("formula,weights,covariance,term,std_error,p_value,k,version")
    for effects in EFFECTS:
        for right in ("x+d", "x"):
            formula = f"y~{right}" + (f"|{effects}" if effects else "")
            formula += "" if right == "x+d" else "|d~z+z2"
            for weights in ("", "w"):
                fit = pf.feols(formula, table, weights=weights or None, demeaner=exact)
                order = [] if not effects else [c.split("(")[1][:-1] for c in fit._k_fe.index]
                if "+".join(order) != effects:
                    sys.exit("effects out of order: set another PYTHONHASHSEED")
                for covariance in COVARIANCES:
                    known = covariance in ("iid", "hetero")
                    fit.vcov(covariance if known else {"CRV1": covariance})
                    for term, row in fit.tidy().iterrows():
                        numbers = f"{float(row['Std. Error'])!r},{float(row['Pr(>|t|)'])!r}"
                        start = f"{formula},{weights},{covariance},{term}"
                        print(f"{start},{numbers},{fit._df_k},0.60.0")


if __name__ == "__main__":
    main()

"""Our measures against what other programs and the printed formulas say.

``python -m tests.reference --inputs DIR --expected DIR`` prints, for each (measure, variant) of
each file, how many cells were compared, the largest difference and a verdict.
"""

"""Shift-share designs: a regional variable made of national shocks and local shares.

`columns` names the columns; `checks` and `exposure` line shares and shocks up with rows; `stages`
makes the first stage and the reduced form; `shock_level`, `rotemberg`, `balance` and `summary` look
at a design from its shocks; `views` and `result` are what people read; `door` is the way in.
"""

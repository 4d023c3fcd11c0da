"""Growth and its parts: shift-share, convergence."""

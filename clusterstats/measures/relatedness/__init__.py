"""Which industries go together, and what that says of places: relatedness, complexity, entry."""

"""Where an industry is over-represented: location quotients."""

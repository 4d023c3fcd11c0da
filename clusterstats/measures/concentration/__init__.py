"""How unevenly an industry is spread over regions."""

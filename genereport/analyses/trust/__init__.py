"""How far the results can be trusted."""

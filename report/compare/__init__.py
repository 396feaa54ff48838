"""Two sides of runs, measured alike and compared."""

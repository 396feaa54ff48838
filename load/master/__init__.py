"""The master's side of a run."""

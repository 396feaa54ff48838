"""The run folder: what a run leaves behind, encoded and decoded."""

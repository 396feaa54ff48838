"""Running a suite: a fresh service and a run for each of its scenarios, one after the other."""

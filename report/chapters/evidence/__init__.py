"""What bears the results out: resources, outcomes, limits, and what grew, recovered or went wrong."""

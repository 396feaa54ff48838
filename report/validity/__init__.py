"""Is the measurement sound? Judged before the target."""

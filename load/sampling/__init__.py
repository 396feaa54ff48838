"""What is sampled while a run lasts: machines, processes, and what others tell."""

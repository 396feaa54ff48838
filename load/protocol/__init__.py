"""What the processes of a run say to each other, and how they are started and ended."""

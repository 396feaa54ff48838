"""What one run shows: numbers, no sentences."""

"""What was tested, and how."""

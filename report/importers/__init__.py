"""Files that other tools left behind, one module a format."""

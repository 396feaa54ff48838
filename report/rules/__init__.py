"""Stop rules and the capacity search, live and over the files afterwards."""

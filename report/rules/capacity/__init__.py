"""The search for a service's capacity: which load comes next, and what was found."""

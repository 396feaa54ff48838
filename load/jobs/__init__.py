"""Jobs: how a service is asked for them, when they are due, and what becomes of them."""

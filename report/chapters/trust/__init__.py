"""How far the report can be trusted, how it comes to its claims, and how to repeat it."""

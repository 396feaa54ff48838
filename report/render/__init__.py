"""From the report as data to its documents, one module a format."""

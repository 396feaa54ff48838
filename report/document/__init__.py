"""The report as data: what report.json holds, and all that the documents are rendered from."""

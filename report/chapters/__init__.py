"""The chapters of a report, in reading order."""

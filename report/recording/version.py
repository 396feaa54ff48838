"""The version of stepload: the one place that holds it (the packaging reads it from here)."""

VERSION = "0.1.0"

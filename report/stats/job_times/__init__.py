"""How long jobs took: by their service's timestamps, by polls that see the end late, and by the states that polls saw."""

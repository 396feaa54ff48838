"""The embedded target: a small task queue service with known capacity, a truth log and faults to switch on.

Run it as `python -m service`; it imports nothing of the project's other packages.
"""

"""What samples of machines, processes and load generators are called, and their dimensions."""

METRICS = {
    "cpu": ("CPU", "share"),
    "load1": ("load 1 min", "number"),
    "load5": ("load 5 min", "number"),
    "load15": ("load 15 min", "number"),
    "memory": ("memory", "share"),
    "rss": ("memory", "bytes"),
    "fds": ("open files", "number"),
    "sockets": ("sockets", "number"),
    "threads": ("threads", "number"),
    "processes": ("processes", "number"),
    "disk_used": ("disk used", "share"),
    "disk_read": ("disk read", "bytes/s"),
    "disk_written": ("disk written", "bytes/s"),
    "net_received": ("net received", "bytes/s"),
    "net_sent": ("net sent", "bytes/s"),
    "lag": ("lag", "seconds"),
    "jobs": ("jobs in flight", "number"),
}
"""Titles and dimensions of metrics, in the order of their columns; a process's CPU is in cores."""
UNSHOWN = ("load1_per_core", "fd_limit")
"""Metrics that are not shown, since another one says it already."""

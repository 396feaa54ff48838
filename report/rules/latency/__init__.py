"""The windows of time in which the rule on latency compares requests and jobs."""

"""The rows of Locust's CSV files, whatever version wrote them."""

"""Logs of single requests, put together and summed up the same way whatever tool wrote them."""

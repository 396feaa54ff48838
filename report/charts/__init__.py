"""The data of every figure."""

"""How much the service carries: sustained throughput, capacity, operating points, and the profile's limits."""

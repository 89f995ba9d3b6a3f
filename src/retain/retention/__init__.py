"""The retention metrics: what share of customers and revenue stays, counted by the engine."""

"""Whether the tables are good enough to learn from: what was found in them, how bad it is, what to do."""

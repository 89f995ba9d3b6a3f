"""PostgreSQL: a connection that explains itself, and Arrow tables copied out of it and into it."""

"""Events on one machine: DuckDB reads and checks the tables, NumPy brings whole customers together."""

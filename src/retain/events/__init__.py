"""Every customer's rows brought together, in time order, and what can be asked of them at a cutoff."""

"""A config proposed from the files themselves: what each column seems to be, and why."""

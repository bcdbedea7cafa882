"""Forms of an output: how rows stand in a file."""

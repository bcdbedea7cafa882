"""The commands of the session: one table makes help, completion and what runs."""

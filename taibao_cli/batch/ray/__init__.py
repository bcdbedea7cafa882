"""Rows answered on the machines of a Ray cluster: one engine for each machine or GPU, one journal here."""

"""Dates and fees that follow from the law, computed and never generated, each with its rule."""

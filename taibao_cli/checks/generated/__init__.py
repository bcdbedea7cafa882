"""Checks of a generated text against the text it was made from."""

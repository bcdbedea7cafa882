"""taibao: a local, bilingual patent assistant for the terminal."""

__version__ = "0.1.0"

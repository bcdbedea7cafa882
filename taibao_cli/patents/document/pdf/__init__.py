"""PDF files with text, in reading order."""

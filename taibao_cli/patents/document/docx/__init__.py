"""Word documents: text with the numbers that Word only shows, tracked changes as if accepted, and said so."""

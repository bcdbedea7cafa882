"""Summaries of whole patents: part by part, combined, every sentence with the paragraphs it rests on."""

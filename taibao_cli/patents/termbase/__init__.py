"""Glossaries and translation memories: TBX, TMX, CSV, TSV."""

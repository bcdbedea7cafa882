"""A whole patent in the other language: pieces with ids, frozen terms, checks, retries, the structure again."""

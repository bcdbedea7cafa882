"""XML of patent offices: one reader for the vocabularies of CNIPA, WIPO ST.36 and ST.96, and the US Red Book."""

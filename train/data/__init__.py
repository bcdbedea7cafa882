"""From corpora to packed, tokenized training trees."""

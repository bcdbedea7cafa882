"""From messages to tokens and from tokens to text: what engines with a model of their own share."""

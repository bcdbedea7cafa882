"""Speed of engines, measured on the user's own machine."""

"""Claim sets: numbers, references, parts, dependency, formal defects, trees. No model takes part."""

"""Models measured on their tasks: sets, measures, baselines, reports, comparison of two models."""

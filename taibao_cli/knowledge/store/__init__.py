"""The local statute store: texts of law read into articles, kept with their versions, searched and cited exactly."""

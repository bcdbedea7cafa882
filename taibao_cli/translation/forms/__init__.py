"""What a translated patent is written as."""

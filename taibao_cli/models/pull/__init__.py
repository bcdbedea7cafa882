"""Models from a hub: a catalogue, what the hub says of a file, and a download that cannot half succeed."""

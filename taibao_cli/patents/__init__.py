"""The patent domain without any model: IPC, languages, segments, terms."""

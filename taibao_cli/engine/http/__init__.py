"""Asking an OpenAI-compatible server. Texts leave this process, so it is used only where a user names an address."""

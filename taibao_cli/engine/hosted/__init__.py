"""An engine in a process of its own: when native code dies, the run goes on."""

"""Use cases: look up, ask a pure policy, write, record one event. I/O only through ports."""

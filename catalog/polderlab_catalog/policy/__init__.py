"""Pure decisions: who may do what, and why not. No I/O, no clock, no framework."""

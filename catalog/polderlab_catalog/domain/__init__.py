"""What the lab is about: frozen values without I/O; whoever needs the time passes it in."""

"""One machine, one command: puts the lab on a host, keeps it there, takes it off again."""

"""`polderlab export` and `polderlab apply`: the register as one file, and a file as the register."""

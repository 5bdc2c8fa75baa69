"""The migrations, in order of number."""

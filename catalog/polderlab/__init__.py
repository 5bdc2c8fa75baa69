"""PolderLab in a notebook: read what your project may use, straight from the source."""

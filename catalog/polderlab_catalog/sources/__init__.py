"""Sources consulted where they are: SQL, OGC API Features, WFS, plain web addresses."""

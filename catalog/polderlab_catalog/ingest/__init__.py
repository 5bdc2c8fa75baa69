"""From a file as it was handed in to Parquet: detect, check, convert, profile."""

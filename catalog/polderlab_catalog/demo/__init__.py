"""The demo: three organisations, their projects, and open data from the package registries."""

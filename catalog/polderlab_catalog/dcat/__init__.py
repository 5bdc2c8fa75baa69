"""The catalogue as DCAT-AP-NL, and other catalogues' DCAT as descriptions."""

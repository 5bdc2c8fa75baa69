"""Portal, REST API, internal API and data gateway: HTTP in, use cases out."""

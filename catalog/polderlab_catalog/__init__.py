"""The lab service: it keeps the register, decides, and serves portal, API and data."""

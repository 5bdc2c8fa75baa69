"""The tests: unit, contract, service, engine, browser, deploy, and what they share."""

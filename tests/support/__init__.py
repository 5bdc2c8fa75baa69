"""What tests of the whole lab share: a real one to talk to, as people and as their code."""

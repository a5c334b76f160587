"""Adversarial pictures: small changes that mislead a network."""

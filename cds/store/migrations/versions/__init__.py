"""The steps. The newest replica and the one before it must both be able to work with the tables."""

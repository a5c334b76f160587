"""Slow and obvious references, written from the formulas; none calls the code under test."""

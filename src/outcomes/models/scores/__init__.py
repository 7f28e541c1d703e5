"""Questionnaires and pain."""

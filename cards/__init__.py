"""Findings out, words for clinicians: the only room in which a sentence is written."""

"""The entries of the knowledge that code calls by their id; ``check_relied_on`` holds the knowledge to it."""

from __future__ import annotations

CLOZAPINE = "clozapine"
DUFFY_NULL = "duffy-null"
HIV = "hiv"
PREGNANCY = "pregnancy"
PREMATURITY = "prematurity"

DRUGS = (CLOZAPINE,)
CONDITIONS = (DUFFY_NULL, HIV, PREGNANCY, PREMATURITY)

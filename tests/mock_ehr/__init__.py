"""The official mock EHR of CDS Hooks, in a real browser, against the real service. See ``docs/mock-ehr.md``.

Nothing of the mock EHR is kept here: ``python -m tests.mock_ehr CHECKOUT`` leads one that was built outside.
"""

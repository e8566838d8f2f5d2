"""The rules of CDS Hooks as a kit of checks that runs against any service, seen from outside alone.

It knows no clinical rule and nothing of this project's service: it sends HTTP requests and reads answers.
Each check is one function in ``cds.conform.checks``: its docstring is the claim, what it yields are faults.
"""

"""``/sandbox``: a small EHR in the browser, to see what the service does and to judge a change by looking.

It serves pages and data of invented patients, in a sandbox only. What it shows of a patient is what the
service itself read and concluded; the page makes true CDS Hooks calls and judges nothing.
"""

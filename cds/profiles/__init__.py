"""What each kind of EHR does with what it is sent: one file of data per kind, and who reads it."""

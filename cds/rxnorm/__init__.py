"""RxNorm beyond the shipped table: a whole release as a local index, and questions to RxNav."""

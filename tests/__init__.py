"""The tests of leukocds; a package, so that no other distribution of that name is taken for it."""

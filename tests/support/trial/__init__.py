"""Trial flows: invented ways through every kind of node, for tests alone."""

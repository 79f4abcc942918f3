"""Telling people: every notice is a row with a number of its own; sockets and mail only say "look"."""

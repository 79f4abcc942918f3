"""What the storeys above want to know of accounts."""

from django.dispatch import Signal

# Sent inside the transaction with user_ids: their sessions are over; open sockets have to look again after the commit.
sessions_ended = Signal()

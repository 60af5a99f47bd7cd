"""What looks over the whole bazaar, and watches the watchers: spot checks by the lottery's own draw, letters to the
ministry, the monitor of the stores' pledges; the audit log for its readers, the platform's chores, the black box.

Promises: nobody, the office included, chooses who is visited; a letter is reprinted as it was sent; every order is
recomputed once against the pledge of free shipping.
"""

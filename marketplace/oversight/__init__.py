"""What joins slices to look over the bazaar: spot checks picked by the lottery's own draw, letters to the ministry, and
the monitor of the stores' pledges.

Promises: nobody, the office included, chooses who is visited; a letter is reprinted as it was sent; every order is
recomputed once against the pledge of free shipping.
"""

from tests.operations.test_expiry_and_refunds import w, gateway, late, at_once, paid, payment_of, ask_refund, record_refund
from tests.operations.test_expiry_and_refunds import *
def test_zz(w, gateway):
    made = late(w, gateway, (w.soap, 2), (w.tea, 1))
    with later(AT, minutes=32) as moment:
        print(run_jobs(moment))
        for j in db.session.scalars(select(Job)): print(j.kind, j.state, j.last_error, j.run_at)
        print(gateway.pages, [p.state for p in db.session.scalars(select(Payment))])

"""What runs by itself over stores' papers: sweeps with their period in seconds, and the errands to the outside."""

from __future__ import annotations

from marketplace.stores.callbacks import JOB_KINDS as INQUIRY_JOBS
from marketplace.stores.clearances import watch_clearances
from marketplace.stores.expiry import remind_of_expiry
from marketplace.stores.licences import expire_licences
from marketplace.stores.proof import JOB_KINDS as PROOF_JOBS
from marketplace.stores.registry import JOB_KINDS as REGISTRY_JOBS
from marketplace.stores.registry import ask_registry_again
from marketplace.stores.seals import expire_seals

PAPER_SWEEPS = {
    "expire_seals": (expire_seals, 60),
    "expire_licences": (expire_licences, 60),
    "remind_of_expiry": (remind_of_expiry, 3600),
    "watch_clearances": (watch_clearances, 300),
    "ask_registry_again": (ask_registry_again, 600),
}
"""Each writes in a unit that its caller opens."""
PAPER_JOBS = (*PROOF_JOBS, *REGISTRY_JOBS, *INQUIRY_JOBS)

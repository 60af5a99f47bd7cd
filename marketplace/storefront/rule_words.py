"""The numbers of the rules in the words of pages: `rule('reference_days')` reads `۳۰ روز`.

No page writes a number of the policy out, so that a change of the policy is told everywhere at once.
"""

from __future__ import annotations

from datetime import datetime

from flask import Flask, g

from marketplace.core import clock
from marketplace.policy.policy import Policy, policy_at
from marketplace.policy.wording import worded_value


def fit(app: Flask) -> None:
    """Makes `rule` known to every template and macro."""
    app.jinja_env.globals["rule"] = rule


def policy_now(at: datetime) -> Policy:
    """The numbers in force at the present moment of a page."""
    return policy_at(at)


def rule(name: str) -> str:
    """A number of the policy in force with its unit; read once a request."""
    policy: Policy | None = g.get("policy_in_force")
    if policy is None:
        policy = g.policy_in_force = policy_now(clock.now())
    return worded_value(name, int(getattr(policy, name)))

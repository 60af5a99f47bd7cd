"""The pledge rules of the festival as pure functions of numbers."""

from __future__ import annotations

from marketplace.policy.policy import Policy


def ships_free(goods_toman: int, policy: Policy) -> bool:
    """Free shipping: goods of ONE store's order, after discounts, strictly above the threshold."""
    return goods_toman > policy.free_shipping_above_toman


def to_free_shipping(goods_toman: int, policy: Policy) -> int:
    """Toman of goods still missing for free shipping; 0 when it is reached. 100,000 lacks 1."""
    return max(0, policy.free_shipping_above_toman + 1 - goods_toman)


def entries_for(goods_toman: int, policy: Policy) -> int:
    """Chances that a paid store order earns: one, and one for each full step of its goods.

    The cap is a person's over the whole festival and is kept when the entries are granted.
    """
    return policy.entries_per_order + goods_toman // policy.entries_step_toman


def coverage_for(goods_toman: int, policy: Policy) -> int:
    """The most that the guarantee fund would pay for goods of this value; 0 below the least loss."""
    if goods_toman < policy.fund_least_loss_toman:
        return 0
    return min(goods_toman * policy.fund_coverage_percent // 100, policy.fund_cap_per_order_toman)

"""How long ago the customer ordered, and how that compares with their own habit."""

from retain import Span, feature, ratio


@feature(
    table="orders",
    says=(
        "No order for {value:n day}; usually orders {rise:every day}",
        "No order for {value:n day}; usually orders {mean_gap:every day}",
        "No order for {value:n day}",
    ),
    normal="mean_gap",
)
def days_since_last_order(span: Span):
    """Days since the last order."""
    return span.age_of_last()


@feature(table="orders", says="2 orders in the last {value:n day}")
def days_since_2nd_last_order(span: Span):
    """Days since the second last order."""
    return span.age_of_last(2)


@feature(table="orders", says="3 orders in the last {value:n day}")
def days_since_3rd_last_order(span: Span):
    """Days since the third last order."""
    return span.age_of_last(3)


@feature(table="orders", says="First ordered {value:n day} ago")
def days_since_first_order(span: Span):
    """Days since the first order: tenure."""
    return span.age_of_first()


@feature(
    table="orders",
    says=(
        "No order for {days_since_last_order:n day}, {value:.1f} times the usual gap "
        "of {mean_gap:n day}{rise:if}"
    ),
    normal=1,
)
def gap_share(span: Span):
    """Share of the usual gap that has passed: days since the last order / mean gap."""
    return ratio(span.age_of_last(), span.gaps().mean())


@feature(
    table="orders",
    says="No order for {days_since_last_order:n day}, longer than 9 in 10 of their gaps{rise:if}",
    normal=1,
)
def gap_share_p90(span: Span):
    """Days since the last order / 90th percentile of the customer's own gaps."""
    return ratio(span.age_of_last(), span.gaps().quantile(0.9))

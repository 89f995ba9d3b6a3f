"""How long ago the customer ordered, and how that compares with their own habit."""

from retain import Span, feature, ratio


@feature(
    table="orders",
    says=(
        "No order for {value:n day}; usually orders every {mean_gap:n day}",
        "No order for {value:n day} after a single day of orders",
    ),
)
def days_since_last_order(span: Span):
    """Days since the last order."""
    return span.age_of_last()


@feature(table="orders", says="The last 2 orders both lie within {value:n day}")
def days_since_2nd_last_order(span: Span):
    """Days since the second last order."""
    return span.age_of_last(2)


@feature(table="orders", says="The last 3 orders lie within {value:n day}")
def days_since_3rd_last_order(span: Span):
    """Days since the third last order."""
    return span.age_of_last(3)


@feature(table="orders", says="First ordered {value:n day} ago")
def days_since_first_order(span: Span):
    """Days since the first order: tenure."""
    return span.age_of_first()


@feature(
    table="orders",
    says="No order for {days_since_last_order:n day}, {value:.1f} times the usual {mean_gap:n day}",
)
def gap_share(span: Span):
    """Share of the usual gap that has passed: days since the last order / mean gap."""
    return ratio(span.age_of_last(), span.gaps().mean())


@feature(
    table="orders",
    says="No order for {days_since_last_order:n day}, {value:.1f} times what 9 in 10 of their gaps stay within",
)
def gap_share_p90(span: Span):
    """Days since the last order / 90th percentile of the customer's own gaps."""
    return ratio(span.age_of_last(), span.gaps().quantile(0.9))

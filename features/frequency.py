"""How often the customer orders."""

from retain import Span, feature, ratio

WINDOWS = (7, 30, 90, 180, 365, None)
COMPARED = (30, 90)


@feature(
    table="orders",
    windows=WINDOWS,
    says=(
        "Ordered {value:n time} in the last {window:n day}; {fall:n} in the {window} before",
        "{value:n order} in the last {window:n day}",
        "{value:n order} in all",
    ),
    normal="orders_before",
)
def orders(span: Span):
    """Orders in the window."""
    return span.count()


@feature(table="orders", windows=COMPARED)
def orders_before(span: Span):
    """Orders in the window of the same length before: the customer's own normal."""
    return span.before().count()


@feature(
    table="orders",
    windows=WINDOWS,
    says=(
        "Ordered on {value:n day} of the last {window}; on {fall:n} of the {window} before",
        "Ordered on {value:n day} of the last {window}",
        "Ordered on {value:n day} in all",
    ),
    normal="order_days_before",
)
def order_days(span: Span):
    """Distinct days with an order in the window."""
    return span.days()


@feature(table="orders", windows=COMPARED)
def order_days_before(span: Span):
    """Distinct days with an order in the window of the same length before."""
    return span.before().days()


@feature(
    table="orders", says="Usually orders {value:every day}; last ordered {days_since_last_order:n day} ago"
)
def mean_gap(span: Span):
    """Mean days between order days: the usual gap."""
    return span.gaps().mean()


@feature(
    table="orders", says="Orders irregularly: {mean_gap:n day} apart on average, give or take {value:n day}"
)
def std_gap(span: Span):
    """Spread of the days between order days (sample standard deviation)."""
    return span.gaps().std()


@feature(
    table="orders",
    says="The last gap between orders was {value:n day}; usually {mean_gap:n day}{rise:if}",
    normal="mean_gap",
)
def last_gap(span: Span):
    """Days between the last two order days."""
    return span.gaps().last()


@feature(table="orders", says="The longest time between orders was {value:n day}")
def longest_gap(span: Span):
    """Longest gap between order days."""
    return span.gaps().longest()


@feature(
    table="orders",
    says="The last gap between orders was {value:.1f} times the usual {mean_gap:n day}{rise:if}",
    normal=1,
)
def gap_trend(span: Span):
    """Last gap / mean gap: above 1, orders come more slowly than before."""
    return ratio(span.gaps().last(), span.gaps().mean())


@feature(
    table="orders",
    windows=(30, 90),
    says="Orders at {value:share} of the year's pace in the last {window:n day}{fall:if}{mean_gap:if}",
    normal=1,
)
def order_pace(span: Span):
    """Orders a day in the window / orders a day in the last 365 days (or since the first order)."""
    tenure = span.within(None).age_of_first()
    return ratio(span.count() / span.length(), ratio(span.within(365).count(), tenure.clip(max=365)))


@feature(table="orders", windows=(28, 91, 364))
def active_weeks(span: Span):
    """Share of the weeks in the window with an order."""
    return span.weeks() / (span.length() / 7)

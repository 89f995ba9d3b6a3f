"""What the customer spends, and what they send back."""

from retain import Span, feature, ratio

WINDOWS = (7, 30, 90, 180, 365, None)
COMPARED = (30, 90)
AMOUNT = ("amount",)


@feature(
    table="orders",
    windows=WINDOWS,
    needs=AMOUNT,
    says=(
        "Spent {value:money} in the last {window:n day}; {fall:money} in the {window} before",
        "Spent {value:money} in the last {window:n day}",
        "Spent {value:money} in all",
    ),
    normal="spend_before",
)
def spend(span: Span):
    """Amounts of the orders in the window, added up; returns are apart."""
    return span.sum()


@feature(table="orders", windows=COMPARED, needs=AMOUNT)
def spend_before(span: Span):
    """Amounts of the orders in the window of the same length before: the customer's own normal."""
    return span.before().sum()


@feature(
    table="orders",
    windows=WINDOWS,
    needs=AMOUNT,
    says=("{value:money} an order in the last {window:n day}", "{value:money} an order on average"),
)
def mean_order(span: Span):
    """Mean amount of an order in the window."""
    return span.mean()


@feature(
    table="orders",
    windows=WINDOWS,
    needs=AMOUNT,
    says=("Largest order of the last {window:n day}: {value:money}", "Largest order so far: {value:money}"),
)
def largest_order(span: Span):
    """Largest amount of an order in the window."""
    return span.max()


@feature(
    table="orders",
    needs=AMOUNT,
    says="The last order was {value:money}; usually {fall:money}",
    normal="mean_order",
)
def last_order_amount(span: Span):
    """Amount of the last order."""
    return span.last()


@feature(
    table="orders",
    windows=(30, 90),
    needs=AMOUNT,
    says="Spends at {value:share} of the year's pace in the last {window:n day}{fall:if}{mean_gap:if}",
    normal=1,
)
def spend_pace(span: Span):
    """Spend a day in the window / spend a day in the last 365 days (or since the first order)."""
    tenure = span.within(None).age_of_first()
    return ratio(span.sum() / span.length(), ratio(span.within(365).sum(), tenure.clip(max=365)))


@feature(
    table="orders",
    windows=(90, 365, None),
    needs=AMOUNT,
    says=(
        "{value:.1f} returns an order in the last {window:n day}{rise:if}",
        "{value:.1f} returns an order{rise:if}",
    ),
    normal=0,
)
def return_share(span: Span):
    """Returns / orders in the window."""
    return ratio(span.of("returns").count(), span.count())


@feature(
    table="orders",
    windows=(90, 365, None),
    needs=AMOUNT,
    says=(
        "Sent back {value:share} of the spend of the last {window:n day}{rise:if}",
        "Sent back {value:share} of the spend{rise:if}",
    ),
    normal=0,
)
def return_spend_share(span: Span):
    """Amount returned / amount ordered in the window."""
    return ratio(abs(span.of("returns").sum()), span.sum())

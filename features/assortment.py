"""What kinds of things the customer buys."""

from retain import Span, feature

CATEGORY = ("category",)


@feature(
    table="orders",
    windows=(90, None),
    needs=CATEGORY,
    says=(
        "Different categories in the last {window:n day}: {value:n}",
        "Different categories so far: {value:n}",
    ),
)
def categories(span: Span):
    """Distinct categories in the window."""
    return span.categories().count()


@feature(table="orders", needs=CATEGORY, says="{value:share} of what they buy is of one category")
def favourite_share(span: Span):
    """Share of the favourite category among orders by category."""
    return span.categories().top_share()


@feature(
    table="orders",
    needs=CATEGORY,
    says="Has not bought from the favourite category for {value:n day}",
    normal="mean_gap",
)
def days_since_favourite(span: Span):
    """Days since the favourite category was last bought."""
    return span.categories().top_age()

"""What the customer does besides ordering: logins, visits, tickets, whatever `activity` holds."""

from retain import Span, feature, ratio

VALUE = ("value",)
WEEK = 7  # an absence that takes in a weekend is nothing to tell anybody


@feature(
    table="activity",
    each="kind",
    windows=(7, 30, 90, 365),
    says=(
        "'{kind}': {value:n time} in the last {window:n day}; {fall:n} in the {window} before",
        "'{kind}': {value:n time} in the last {window:n day}",
    ),
    normal="events_before",
)
def events(span: Span):
    """Rows of the kind in the window."""
    return span.count()


@feature(table="activity", each="kind", windows=(30, 90))
def events_before(span: Span):
    """Rows of the kind in the window of the same length before: the customer's own normal."""
    return span.before().count()


@feature(table="activity", each="kind", says="No '{kind}' for {value:n day}{rise:if}", normal=WEEK)
def days_since(span: Span):
    """Days since the last row of the kind."""
    return span.age_of_last()


@feature(
    table="activity",
    each="kind",
    windows=(30, 90),
    says="'{kind}' at {value:share} of the past year's pace in the last {window:n day}",
    normal=1,
)
def pace(span: Span):
    """Rows a day in the window / rows a day in the last 365 days (or since the first row)."""
    tenure = span.within(None).age_of_first()
    return ratio(span.count() / span.length(), ratio(span.within(365).count(), tenure.clip(max=365)))


@feature(
    table="activity",
    each="kind",
    windows=(30, 365),
    says="'{kind}' on {value:n day} of the last {window}",
    normal="events_before",
)
def event_days(span: Span):
    """Distinct days with a row of the kind in the window."""
    return span.days()


@feature(
    table="activity",
    each="kind",
    windows=(91, 364),
    says="'{kind}' in {value:n week} of the last {window:n day}",
)
def event_weeks(span: Span):
    """Distinct weeks with a row of the kind in the window."""
    return span.weeks()


@feature(
    table="activity",
    each="kind",
    windows=(90, None),
    needs=VALUE,
    says=(
        "'{kind}' averages {value:.2f} over the last {window:n day}; {normal:.2f} in all",
        "'{kind}' averages {value:.2f}",
    ),
    normal="mean_value",
)
def mean_value(span: Span):
    """Mean value of the rows of the kind in the window."""
    return span.mean()


@feature(
    table="activity",
    each="kind",
    needs=VALUE,
    says=("The last '{kind}' was {value:.2f}; usually {normal:.2f}", "The last '{kind}' was {value:.2f}"),
    normal="mean_value",
)
def last_value(span: Span):
    """Value of the last row of the kind."""
    return span.last()


@feature(
    table="activity",
    windows=(30, None),
    says=("Active on {value:n day} of the last {window}", "Active on {value:n day} in all"),
)
def active_days(span: Span):
    """Distinct days with activity of any kind in the window."""
    return span.days()


@feature(table="activity", says="No activity of any kind for {value:n day}{rise:if}", normal=WEEK)
def days_since_last_activity(span: Span):
    """Days since the last activity of any kind."""
    return span.age_of_last()


@feature(table="activity", says="First active {value:n day} ago")
def days_since_first_activity(span: Span):
    """Days since the first activity of any kind: tenure."""
    return span.age_of_first()

"""Which of the customer's people are active: how many, and whether it hangs on one of them."""

from retain import Span, feature, ratio

USER = ("user",)


@feature(
    table="activity",
    windows=(7, 30, 90),
    needs=USER,
    says=(
        "{value:n user} active in the last {window:n day}; {fall:n} in the {window} before",
        "{value:n user} active in the last {window:n day}",
    ),
    normal="active_users_before",
)
def active_users(span: Span):
    """Different users active in the window."""
    return span.users().count()


@feature(table="activity", windows=(7, 30, 90), needs=USER)
def active_users_before(span: Span):
    """Different users active in the window of the same length before."""
    return span.before().users().count()


@feature(
    table="activity",
    windows=(365,),
    needs=USER,
    says=(
        "{top_user}, who made {top_user_share_365d:share} of the activity, has not been seen for "
        "{value:n day}{rise:if}",
        "The most active user, who made {top_user_share_365d:share} of the activity, has not been seen for "
        "{value:n day}{rise:if}",
    ),
    normal=7,
)
def days_since_top_user(span: Span):
    """Days since the user of most of the window's activity was last seen: the likely champion."""
    return span.users().top_age()


@feature(table="activity", windows=(365,), needs=USER)
def top_user_share(span: Span):
    """Share of the most active user in the window's activity."""
    return span.users().top_share()


@feature(
    table="activity",
    windows=(30,),
    needs=("user", "subscriptions.seats"),
    says="{active_users_30d:n user} in the last {window:n day}, on {value:share} of the seats{fall:if}",
    normal=1,
)
def seats_used(span: Span):
    """Different users active in the window / seats of the contracts that run."""
    return ratio(span.users().count(), span.contracts().seats())

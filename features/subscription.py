"""What the customer subscribes to: since when, for how much, and until when."""

from retain import Span, feature, ratio

TABLE = "subscriptions"
AMOUNT = ("amount",)


@feature(table=TABLE, says="First subscribed {value:n day} ago")
def tenure(span: Span):
    """Days since the first contract started."""
    return span.age_of_first()


@feature(table=TABLE)
def subscribed_for(span: Span):
    """Days since the customer came, or came back, without a break since."""
    return span.contracts().spell_age()


@feature(table=TABLE, says="The current contract started {value:n day} ago", normal="contract_term")
def contract_age(span: Span):
    """Days since the current contract started: of those that run, the one started last."""
    return span.contracts().age()


@feature(table=TABLE, says="{value:n contract} so far")
def contracts(span: Span):
    """Contracts so far, those that run among them."""
    return span.count()


@feature(table=TABLE, says="{value:n contract} at the same time")
def live_contracts(span: Span):
    """Contracts that run."""
    return span.contracts().live()


@feature(table=TABLE, says="The contract changed {value:n day} ago")
def days_since_contract_change(span: Span):
    """Days since a contract started that was not the customer's first: a renewal, an upgrade, a downgrade."""
    return span.contracts().age_of_change()


@feature(
    table=TABLE,
    needs=AMOUNT,
    says=("Pays {value:money} a month; {rise:money} at first", "Pays {value:money} a month"),
    normal="first_amount",
)
def contract_amount(span: Span):
    """Amounts of the contracts that run, added up."""
    return span.contracts().amount()


@feature(table=TABLE, needs=AMOUNT)
def first_amount(span: Span):
    """Amount of the first contract that cost anything: a trial for nothing is no price to compare with."""
    return span.contracts().first_paid()


@feature(
    table=TABLE,
    needs=AMOUNT,
    windows=(90, 365),
    says=(
        "Pays {value:share} of what they paid {window:n day} ago{fall:if}",
        "Pays {value:share} of what they paid {window:n day} ago{rise:if}",
    ),
    normal=1,
)
def amount_change(span: Span):
    """Amount of the contracts that run / amount of those that ran that many days ago."""
    return ratio(span.contracts().amount(), span.contracts(ago=span.start).amount())


@feature(table=TABLE, says="The contract renews every {value:n day}")
def contract_term(span: Span):
    """Days from one renewal to the next: as agreed, or as long as the contract before, renewed, ran."""
    return span.contracts().term()


@feature(table=TABLE, says="The contract is up for renewal in {value:n day}{fall:if}", normal="contract_term")
def days_to_renewal(span: Span):
    """Days until the current contract renews next."""
    return span.contracts().renewal()


@feature(
    table=TABLE,
    needs=("end",),
    says="Has given notice: the contract ends in {days_to_end:n day}{rise:if}",
    normal=0,
)
def notice_given(span: Span):
    """1 where it is known when the last of the contracts that run ends, else 0."""
    return (span.contracts().left() >= 0).astype(float)


@feature(table=TABLE, needs=("end",), says="The contract ends in {value:n day}")
def days_to_end(span: Span):
    """Days until the last of the contracts that run ends, where that is known."""
    return span.contracts().left()


@feature(table=TABLE, needs=("end",), says="Notice was given {value:n day} ago")
def days_since_notice(span: Span):
    """Days since the end of the current contract was recorded."""
    return span.contracts().age_of_notice()


@feature(
    table=TABLE,
    needs=("end",),
    says="Left {value:n time} before, and came back{rise:if}",
    normal=0,
)
def former_ends(span: Span):
    """How often the customer had no contract for longer than the grace."""
    return span.contracts().breaks()


@feature(table=TABLE, needs=("trial",), says="In a trial for {contract_age:n day}{rise:if}", normal=0)
def in_trial(span: Span):
    """1 where the current contract is a trial, else 0."""
    return span.contracts().trial()


@feature(
    table=TABLE,
    needs=("price_until",),
    says="The introductory price ends in {days_to_full_price:n day}{rise:if}",
    normal=0,
)
def introductory_price(span: Span):
    """1 where the current contract has an introductory price that is still to end, else 0."""
    return (span.contracts().price_left() >= 0).astype(float)


@feature(table=TABLE, needs=("price_until",))
def days_to_full_price(span: Span):
    """Days until the introductory price ends."""
    return span.contracts().price_left()

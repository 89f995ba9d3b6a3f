"""All that the list's page and workbook say, in English; another language is one file beside this."""

from __future__ import annotations

from retain.reports.texts import Texts

ENGLISH = Texts(
    locale="en-GB",
    words={
        "title": "Customers at risk",
        "title_of": "Customers at risk: {name}",
        "intro": "As of {day}. The first on the list is the first to call.",
        "no_script": (
            "This page needs JavaScript, which is switched off. The same list is in at_risk.xlsx "
            "and at_risk.csv."
        ),
        "rule": (
            "A simple rule made this list: no trained model was better than it, or there was too little to "
            "test one on."
        ),
        "rule_untested": (
            "A simple rule made this list: the history is too short to train or test a model, so how good it "
            "is is not known. Of {customers} customers it expects {churners} to leave (95% interval {low} to "
            "{high})."
        ),
        "jump": "On this page",
        "list": "The list",
        "print": "Print",
        # cards
        "card_customers": "Customers to contact",
        "card_customers_below": "of {n} customers that count",
        "card_churners": "Expected to leave",
        "card_churners_below": "of the {n} to contact, if nobody calls",
        "card_value_at_risk": "Value at risk",
        "card_value_at_risk_below": "revenue expected to be lost",
        "card_expected_saving": "Expected saving",
        "card_expected_saving_below": "profit expected from contacting them",
        "card_selected": "in the selection; {n} in the whole list",
        # controls
        "search": "Search",
        "search_hint": "Customer, contact, reason, action",
        "all": "All",
        "none": "(none)",
        "owner": "Owner",
        "segment": "Segment",
        "risk_band": "Risk",
        "reason": "Reason",
        "change": "Change",
        "clear": "Clear",
        "shown": "{n} of {all} customers",
        "shown_all": "{all} customers",
        "nothing": "No customer fits. Clear the search and the filters to see all.",
        "empty": "There is nobody on this list.",
        "pages": "Pages",
        "page": "Page {n} of {all}",
        "previous_page": "Previous page",
        "next_page": "Next page",
        "sorted": "Sorted by {column}",
        "table": (
            "Customers at risk, the first to call on top. The button in each row opens what is "
            "known of the customer."
        ),
        # the table
        "customer": "Customer",
        "last_order": "Last order",
        "days_ago": "{n} days ago",
        "day_ago": "1 day ago",
        "usual": "usually every {n} days",
        "overdue": "{n} days overdue",
        # the drawer
        "close": "Close",
        "previous": "Previous customer",
        "next": "Next customer",
        "place": "Number {n} of {all}",
        "why": "Why",
        "what_to_do": "What to do",
        "steps": "Steps, until the customer returns",
        "step_day": "day {n}",
        "to_tier": "{money} more to {tier}",
        "lever": "What would help most",
        "lever_below": "By the model's reckoning, not a promise: what it would say if this were so.",
        "context": "context",
        "context_below": "Reasons marked as context say who the customer is; nobody can change them.",
        "facts": "Facts",
        "contact": "Contact",
        "timeline": "What happened",
        "timeline_below": "{n} in all, the newest first",
        "times": "{n} times",
        "earlier": "{n} earlier ones are not shown",
        "risk_history": "Risk over time",
        "no_action": "No action in the playbook fits this customer.",
        # the length
        "length": "How long should the list be?",
        "length_below": (
            "What contacting the first customers is expected to do. Move the slider to see a "
            "longer or shorter list."
        ),
        "length_slider": "Customers contacted",
        "length_value": "{n} customers",
        "expected_churners": "Leavers reached",
        "contacts_wasted": "Contacts with customers who stay anyway",
        "cost": "Cost",
        "saved": "Margin saved",
        "profit": "Profit",
        "best_length": "most profit at {n}",
        "this_list": "this list",
        "to_this_list": "This list: {n}",
        "near_this_list": "Nearest to this list: {n}",
        "to_best": "Most profit: {n}",
        # change
        "changed": "What changed",
        "changed_since": "Since the list of {day}",
        "first_list": "There is no earlier list to compare with.",
        "kept": "{n} of the customers then are on the list again.",
        "left": "Left the list",
        "left_before": "Number then",
        "left_now": "Probability now",
        "left_why": "Why",
        "left_more": "and {n} more",
        "show": "Show them",
        "segments": "Customers in each segment",
        "segments_below": "All customers that count, on the list or not.",
        "all_segments": "All",
        # lists of contracts
        "cancelled_running": "Cancelled, still running",
        "cancelled_running_below": (
            "Contracts whose end has been announced and is still to come, the next to end first."
        ),
        "ending_soon": "About to end",
        "ending_soon_below": (
            "Contracts, trials and introductory prices that soon end or renew, the next first."
        ),
        "contract_cancelled_on": "Cancelled on",
        "contract_what": "What",
        "contract_ends_on": "Ends on",
        "contract_on": "On",
        "contract_days_left": "Days left",
        "contract_reason": "Reason",
        "contract_amount": "Amount",
        "contract_action": "Action",
        "contract_owner": "Owner",
        "contract_more": "These are the first {n} of {all}; all of them are in {file}.",
        # legend
        "legend": "What the columns mean",
        "columns": "Every column",
        "column": "Column",
        "in_files": "In the files",
        "meaning": "Meaning",
        "churn": "Churn",
        "model": "Model",
        "run": "Run",
        "currency": "Currency",
        "as_of": "As of",
        "name": "Business",
        "eligible": "Customers that count",
        "to_contact": "To contact",
        "held_out": "Held out",
        "experiment": "Experiment",
        "notes": "Notes",
        "held_out_note": (
            "{n} more customers are held out to measure the effect: do not contact them. They "
            "are not on this page."
        ),
        "held_out_sheet_note": (
            "These customers are not contacted, so that the effect of contacting the others can be measured."
        ),
        "own_column": "From the customers table.",
        # sheets of the workbook
        "sheet_list": "At risk",
        "sheet_held_out": "Held out",
        "sheet_legend": "Legend",
        "sheet_owner": "Owner",
    },
    columns={
        "rank": ("Rank", "1 is first to call."),
        "customer_id": ("Customer", "As in the source."),
        "churn_probability": (
            "Churn probability",
            "How likely the customer churns within the horizon, calibrated: of ten customers at "
            "30%, three churn.",
        ),
        "risk_percentile": (
            "Risk percentile",
            "0 to 100 among all customers that count; 99 is riskier than 99% of them.",
        ),
        "risk_band": ("Risk band", "High, medium or low, by the churn probability."),
        "segment_percentile": (
            "Percentile in segment",
            "The risk percentile among the customers of the same segment.",
        ),
        "tier": ("Tier", "Loyalty tier by accumulated spend, by the thresholds in segments.yaml."),
        "next_tier": ("Next tier", "The tier above; empty at the top."),
        "to_next_tier": ("To next tier", "What the customer must still spend to reach it."),
        "break_even": (
            "Break-even",
            "The churn probability from which contacting this customer pays; empty where it never does.",
        ),
        "act_on": (
            "Act on",
            "The numbers of the reasons that somebody can act on; the others are context.",
        ),
        "lever": (
            "What would help most",
            "What would lower the risk most if it were back to the customer's normal, and the risk that "
            "would be left: what the model would answer, not what a call would cause.",
        ),
        "lever_risk": ("Risk then", "The churn probability that would be left."),
        "segment": ("Segment", "New, active, high value, at risk or lapsing, by the rules in segments.yaml."),
        "expected_value": (
            "Expected value",
            "Revenue expected over the value horizon if the customer stays.",
        ),
        "value_at_risk": ("Value at risk", "Churn probability times expected value."),
        "expected_saving": (
            "Expected saving",
            "Expected profit of contacting this customer, after the incentive and the contact are paid.",
        ),
        "last_order": ("Last order", "Day of the last order before the list."),
        "days_since_last": ("Days since last order", "Days from the last order to the list."),
        "usual_gap": (
            "Usual gap",
            "Days that usually lie between the customer's order days; empty where not known.",
        ),
        "expected_next_order": ("Expected next order", "Last order plus the usual gap."),
        "days_overdue": (
            "Days overdue",
            "Days past the expected next order; 0 for a customer who is not due yet.",
        ),
        "reason_1": ("Reason 1", "What raises this customer's risk most, in their own numbers."),
        "reason_2": ("Reason 2", "What raises it next."),
        "reason_3": ("Reason 3", "What raises it third."),
        "action": ("Action", "What to do, from the playbook in actions.yaml."),
        "action_name": ("Action's name", "The action's name in actions.yaml."),
        "action_reason": ("Action's reason", "The number of the reason that the action refers to."),
        "action_channel": ("Channel", "How to reach the customer."),
        "action_who": ("Who", "Who does it."),
        "action_by": ("By", "By when."),
        "action_offer": ("Offer", "The incentive to offer at most; 0 for none."),
        "owner": ("Owner", "Who looks after the customer."),
        "change": ("Change", "Against the previous list: new, up (nearer to the top), down or same."),
        "as_of": ("As of", "The day of the list: nothing from that day on was seen."),
        "model_version": ("Model version", "The version of the model that made the list."),
        "run_id": ("Run", "The run that made the list."),
    },
    names={
        "high_value": "High value",
        "at_risk": "At risk",
        "below the line": "Below the line",
    },
    seen_words={
        "last_order": "Last seen",
    },
    seen_columns={
        "last_order": ("Last seen", "Day of the last activity before the list."),
        "days_since_last": ("Days since last seen", "Days from the last activity to the list."),
        "usual_gap": (
            "Usual gap",
            "Days that usually lie between the customer's active days; empty where not known.",
        ),
        "expected_next_order": ("Expected next visit", "Last activity plus the usual gap."),
        "days_overdue": (
            "Days overdue",
            "Days past the expected next visit; 0 for a customer who is not due yet.",
        ),
    },
)

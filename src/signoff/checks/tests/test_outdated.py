"""What an answer says that a change of the company facts has made wrong."""

from signoff.checks.outdated import outdated

HI = {"message": "Hi, what would it cost us? We are 12 people."}
TEAM = {"prices": "Team: $149 a month"}


def told(answer, before, now, record=HI):
    return [(one.text, one.field) for one in outdated(answer, record, before, now)]


def test_a_price_that_went_up_is_told_however_it_is_put():
    for answer in ("The Team plan costs $149 a month.", "All of it together would then cost you some $149."):
        [(text, field)] = told(answer, TEAM, {"prices": "Team: $159 a month"})
        assert "149" in text
        assert field == "prices"


def test_a_fact_that_is_gone_is_told_too():
    [one] = outdated("It costs $149 a month.", HI, TEAM, {})

    assert "$149" in one.text
    assert "no longer among the company facts" in one.why


def test_a_price_that_stands_elsewhere_in_the_record_is_not_told():
    record = HI | {"quoted_price": "$149 a month"}

    assert told("It costs $149 a month, as quoted.", TEAM, {"prices": "Team: $159 a month"}, record) == []


def test_what_was_in_doubt_before_is_not_the_changes_doing():
    assert told("It costs $999 a month.", TEAM, {"prices": "Team: $159 a month"}) == []


def test_facts_that_say_the_same_in_other_words_make_nothing_wrong():
    answer = "The Team plan costs $149 a month, for your 12 people."

    assert told(answer, TEAM, {"plans": "The Team plan is 149 USD per month"}) == []

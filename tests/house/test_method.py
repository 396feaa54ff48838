"""The method's page: it quotes the claims as the report does, and its table has the lines that `make accuracy` measures."""

import re

import pytest

from profiles.model import Method
from report.chapters.trust.claims import CLAIMS, Claim
from tests.accuracy.registry import all_rows
from tests.house.test_docs import DOCS, section, tables

PAGE = (DOCS / "method.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.title)
def test_a_claim_is_quoted_at_the_head_of_its_section(claim: Claim) -> None:
    first = section(PAGE, claim.title).strip().split("\n\n")[0]
    assert " ".join(re.sub(r"[*`]", "", first).split()) == claim.text


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.title)
def test_a_claim_has_two_sentences_its_method_and_what_it_cant_know(claim: Claim) -> None:
    assert len(re.findall(r"[.:?] (?=[A-Z])", f"{claim.text} End")) == 2
    quoted, *rest = section(PAGE, claim.title).strip().split("\n\n")
    assert rest and re.search(r"can't\s(be\s)?know", " ".join(rest), re.IGNORECASE), quoted


def test_the_table_has_every_line_of_the_accuracy_tests() -> None:
    (measured,) = tables(section(PAGE, "Measured accuracy"))
    assert [row[:2] for row in measured] == [[row.claim, row.target] for row in all_rows()]
    assert all(row[2] for row in measured)


def test_every_constant_says_what_it_is_for() -> None:
    assert all(field.description for field in Method.model_fields.values())

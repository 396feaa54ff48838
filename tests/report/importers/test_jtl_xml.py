"""JMeter's XML log: what counts of samples within samples, and files that end early."""

from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import pytest

from profiles import UserError
from report.render.markdown import render_markdown

from .reading import EPOCH_MS, composed, elapsed_of, read

TX = "Number of samples in transaction : 2, number of failing samples : 0"


def sample(
    start: int, elapsed: int, label: str = "GET /a", inner: str = "", tag: str = "httpSample", **attributes: object
) -> str:
    told: dict[str, object] = {
        "t": elapsed, "it": 0, "lt": elapsed, "ct": 1, "ts": EPOCH_MS + start, "s": "true", "lb": label, "rc": 200, "rm": "OK",
        "tn": "Users 1-1", "dt": "text", "by": 512, "sby": 128, "ng": 1, "na": 1,
    }  # fmt: skip
    text = " ".join(f"{name}={quoteattr(str(value))}" for name, value in (told | attributes).items())
    return f"<{tag} {text}>\n  <java.net.URL>http://127.0.0.1/</java.net.URL>{inner}\n</{tag}>\n"


def document(*samples: str, end: str = "</testResults>\n") -> str:
    return '<?xml version="1.0" encoding="UTF-8"?>\n<testResults version="1.2">\n' + "".join(samples) + end


def write(folder: Path, text: str) -> Path:
    file = folder / "test.jtl"
    file.write_text(text, encoding="utf-8")
    return file


def test_percentiles_are_exact(tmp_path: Path) -> None:
    times = elapsed_of(2000)
    test = read(write(tmp_path, document(*(sample(i * 10, int(t)) for i, t in enumerate(times)))))
    assert test.total.percentiles[:4] == tuple(pytest.approx(np.percentile(times, p) / 1000) for p in (50, 90, 95, 99))
    assert (test.started, test.clients) == (EPOCH_MS / 1000, 1)


def test_samples_of_a_transaction_count_and_parts_of_a_page_do_not(tmp_path: Path) -> None:
    page = sample(0, 40, "GET /page", sample(5, 10, "GET /page-0") + sample(15, 20, "GET /page-1"))
    bought = sample(50, 60, "Buy", sample(50, 20, "GET /a") + sample(70, 40, "POST /b"), tag="sample", rm=TX)
    within = sample(120, 60, "Whole", bought, tag="sample", rm=TX)
    alone = sample(200, 60, "Alone", tag="sample", rm=TX)
    test = read(write(tmp_path, document(page, bought, within, alone)))
    assert {named.name: named.requests for named in test.names} == {"GET /page": 1, "GET /a": 2, "POST /b": 2, "Alone": 1}


def test_causes(tmp_path: Path) -> None:
    assertion = "<assertionResult><name>total</name><failure>true</failure><failureMessage>no total &amp; no tax</failureMessage></assertionResult>"
    rows = [sample(i * 10, 5, s="false", inner=assertion) for i in range(3)] + [
        sample(40, 5, s="false", rc=503, rm="Unavailable")
    ]
    causes = read(write(tmp_path, document(*rows))).causes
    assert causes is not None and [(c.error, c.count) for c in causes] == [("no total & no tax", 3), ("503 Unavailable", 1)]


@pytest.mark.parametrize("cut", ["", '<httpSample t="5" ts="17950', '<httpSample t="5" ts="1795000000000" lb="GET /a">'])
def test_a_file_that_ends_early(tmp_path: Path, cut: str) -> None:
    test = read(write(tmp_path, document(*(sample(i * 10, 5) for i in range(40)), end=cut)))
    assert test.total.requests == 40
    assert "test.jtl ends early: a sample that was cut off is left out" in render_markdown(composed(test))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (document(sample(0, 5), sample(5, 5, t="fast")), "column 't': 'fast'; allowed: milliseconds"),
        (document(sample(0, 5), sample(5, 5, t="")), "column 't': ''; allowed: milliseconds"),
        (document(sample(0, 5), sample(5, 5, ts="soon")), "column 'ts': 'soon'; allowed: milliseconds since 1970"),
        (document(sample(0, 5), sample(5, 5, ts="7")), "no time; allowed: milliseconds since 1970"),
        (document(sample(0, 5), sample(5, 5, t="-1")), "column 't': '-1'"),
        (document(sample(0, 5), sample(5, 5, na="many")), "column 'na': 'many'; allowed: a number"),
        (document(sample(0, 5), "<oops></ooops>"), "not XML: mismatched tag"),
        (document(), "holds no request"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><testResults>&b;</testResults>', "declares a document type, which JMeter never does"),
    ],
)
def test_wrong_input(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UserError) as caught:
        read(write(tmp_path, text))
    assert says in str(caught.value) and "test.jtl" in str(caught.value)

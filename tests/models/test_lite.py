"""The embedded network: its verdict on the cat, and labels."""

from tapetum.models import load
from tapetum.pictures import sample


def test_lite0_sees_the_cat():
    scores = {score.label: score.probability for score in load("lite0").predict(sample("cat")).scores}
    assert abs(scores["Egyptian cat"] - 0.385) < 0.02
    assert abs(scores["tiger cat"] - 0.332) < 0.02
    assert abs(scores["tabby"] - 0.163) < 0.02

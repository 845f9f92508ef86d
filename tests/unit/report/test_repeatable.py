"""A stranger who follows the printed steps in plain NumPy arrives at the printed table."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from genereport.analyses.columns import Style
from genereport.analyses.differential.stage import DifferentialStage
from genereport.analyses.preprocessing.result import Preprocessing
from genereport.analyses.preprocessing.stage import PreprocessingStage
from genereport.analyses.stage import Upstream, stage_rng
from genereport.cohort.model import Cohort, Scale, ScaleName
from genereport.report.document import Section, inlines
from genereport.report.sections import SectionWriter
from genereport.settings import PreprocessSettings
from tests.factory import make_cohort, settings_of

GENES, SIZES = 300, (9, 12)


def printed(steps: Preprocessing) -> str:
    """The preprocessing part of the methods, without its citations."""
    (section,) = SectionWriter({"preprocessing": steps}, {}, {}, {}, Style()).write("preprocessing", "methods")
    assert isinstance(section, Section)
    (paragraph,) = section.blocks
    parts = (part if isinstance(part, str) else getattr(part, "text", "") for part in inlines(paragraph))
    return "".join(parts).replace(" .", ".")


def number(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-"))


def trimmed_mean(counts: np.ndarray, reference: np.ndarray) -> float:
    """The factor of Robinson and Oshlack (2010): the weighted mean of the log ratios that are left after trimming."""
    own, other = counts / counts.sum(), reference / reference.sum()
    both = (counts > 0) & (reference > 0)
    ratio, level = np.log2(own[both] / other[both]), np.log2(own[both] * other[both]) / 2
    variance = (1 - own[both]) / counts[both] + (1 - other[both]) / reference[both]
    n, kept = len(ratio), np.ones(int(both.sum()), dtype=bool)
    for values, share in ((ratio, 0.3), (level, 0.05)):
        rank, low = stats.rankdata(values), np.floor(n * share) + 1
        kept &= (rank >= low) & (rank <= n + 1 - low)
    return float(2 ** np.average(ratio[kept], weights=1 / variance[kept]))


class Hand:
    """What the stranger has in hand: the matrix as it was read, as it is now, and which samples are for training."""

    def __init__(self, cohort: Cohort) -> None:
        self.read = self.x = cohort.expression
        self.training = (cohort.samples["set"] == "train").to_numpy()
        self.controls = cohort.genes.index[cohort.genes["control"]]
        self.floor = -np.inf  # log2
        self.at_floor = self.x < self.x

    @property
    def train(self) -> pd.DataFrame:
        return self.x[self.training]

    def leave_out_controls(self) -> None:
        self.x = self.x.drop(columns=self.controls)

    def raise_to(self, floor: str) -> None:
        self.x, self.floor = self.x.clip(lower=number(floor)), np.log2(number(floor))

    def lower_to(self, cap: str) -> None:
        self.x = self.x.clip(upper=number(cap))

    def take_log2(self) -> None:
        self.x = np.log2(self.x)

    def leave_out_uncounted(self) -> None:
        self.x = self.x.loc[:, (self.train > 0).any() & self.train.notna().all()]

    def leave_out_rare(self, fewest: str) -> None:
        depth = self.train.sum(axis=1)
        often = self.train.div(depth, axis=0) >= 10 / depth.median()
        self.x = self.x.loc[:, (often.sum() >= number(fewest)) & (self.train.sum() >= 15)]

    def take_log2_cpm(self, mean: str) -> None:
        totals = self.x.sum(axis=1)
        upper = self.train.quantile(0.75, axis=1) / totals[self.training]
        self.reference = (upper - upper.mean()).abs().idxmin()
        counts = self.x.to_numpy()
        row = self.x.index.get_loc(self.reference)
        factors = np.array([trimmed_mean(each, counts[row]) for each in counts])
        sizes = totals * factors / stats.gmean(factors[self.training])
        assert number(mean) == pytest.approx(sizes[self.training].mean(), rel=1e-5)
        added = 2 * sizes / sizes[self.training].mean()
        self.x = np.log2(1e6 * self.x.add(added, axis=0).div(sizes + 2 * added, axis=0))
        self.totals = totals

    def check_reference(self, size: str) -> None:
        assert number(size) == self.totals[self.reference]

    def take_log2_of_one_more(self) -> None:
        self.x = np.log2(self.x + 1)

    def take_m_values(self) -> None:
        kept = self.x.clip(0.001, 0.999)
        self.x = np.log2(kept / (1 - kept))

    def divide_by_ln_2(self) -> None:
        self.x = self.x / np.log(2)

    def divide_by_log10_2(self) -> None:
        self.x = self.x / np.log10(2)

    def leave_out_constant(self) -> None:
        read = self.read[self.training][self.x.columns]
        varies = (read.max() > read.min()) & (self.train.max() > self.train.min())
        self.x = self.x.loc[:, varies]

    def scale_by_stable_genes(self, size: str) -> None:
        seen = (self.train > self.floor + 1e-9).mean() >= 0.9
        candidates = self.train.loc[:, seen]
        reference, stable = candidates.median(), candidates.columns
        for _ in range(3):
            shifted = candidates.sub((candidates[stable] - reference[stable]).median(axis=1), axis=0)
            reference, variance = shifted.median(), shifted.var(ddof=0)
            stable = candidates.columns[variance <= np.quantile(variance, 0.5)]
        assert len(stable) == number(size)
        self.at_floor = self.train <= self.floor + 1e-9
        self.x = self.x.sub((self.x[stable] - reference[stable]).median(axis=1), axis=0)

    def raise_to_common(self, floor: str) -> None:
        reached = self.train.where(self.at_floor).max(axis=1).dropna()
        limit = reached.median() + 3 * 1.4826 * (reached - reached.median()).abs().median()
        self.floor = float(reached[reached <= limit + 1e-9].max())
        assert number(floor) == pytest.approx(self.floor, rel=1e-5)
        self.x = self.x.clip(lower=self.floor)

    def leave_out_unexpressed(self, floor: str, fewest: str) -> None:
        assert number(floor) == pytest.approx(self.floor, rel=1e-5)
        self.x = self.x.loc[:, (self.train > self.floor + 1e-9).sum() >= number(fewest)]

    def do_nothing(self) -> None:
        pass


NUMBER = r"([\d.,−]+)"
STEPS: dict[str, Callable[..., None]] = {
    r"The input values were [^.]*\.": Hand.do_nothing,
    r"Control probes were excluded\.": Hand.leave_out_controls,
    rf"Values below {NUMBER} were raised to [\d.,]+\.": Hand.raise_to,
    rf"Values above {NUMBER} were lowered to [\d.,]+\.": Hand.lower_to,
    r"The base-2 logarithm was taken\.": Hand.take_log2,
    r"Genes without any count, or with a missing count, in the training samples were excluded\.": (
        Hand.leave_out_uncounted
    ),
    rf"Genes were kept by edgeR’s filterByExpr with its defaults: 10 counts at the median depth in {NUMBER} samples, "
    r"and 15 in all\.": Hand.leave_out_rare,
    r"With the library size L of a sample, its counts of these genes times its TMM factor ?, and M the mean of L over "
    rf"the training samples, {NUMBER}, a count c became log2\(10⁶ \(c \+ a\) / \(L \+ 2a\)\) with a = 2 L / M, as "
    r"edgeR’s cpm\.": Hand.take_log2_cpm,
    r"Samples that are not used for training are normalised against the same training sample, whose library size is "
    rf"{NUMBER}\.": Hand.check_reference,
    r"A value x was transformed to log2\(x \+ 1\)\.": Hand.take_log2_of_one_more,
    r"A value β was clipped to the range from 0\.001 to 0\.999 and transformed to log2\(β / \(1 − β\)\)\.": (
        Hand.take_m_values
    ),
    r"All values were divided by ln 2\.": Hand.divide_by_ln_2,
    r"All values were divided by log10 2\.": Hand.divide_by_log10_2,
    r"The values were not transformed\.|Arrays were not scaled\.": Hand.do_nothing,
    r"Genes that do not vary over the training samples, in the unit of the file or after these steps, "
    r"were excluded\.": Hand.leave_out_constant,
    r"Arrays were scaled by stable genes\. "
    r"The candidates are the genes that (?:have a value|lie above the floor) in at least 90 % of the training arrays "
    r"or, if there are fewer than 20 such genes, in at least \d+ training arrays\. "
    r"Initially, all candidates are stable, .* The following steps were carried out in 3 rounds: .* and the 50 % of "
    r"the candidates with the smallest variance .* became the stable genes\. "
    rf"Finally, each unshifted array was shifted in the same way by the resulting {NUMBER} stable genes\.": (
        Hand.scale_by_stable_genes
    ),
    rf"Values were then raised to a common floor of {NUMBER} \(log2\), the highest value to which scaling moved the "
    r"floor of a training array; arrays whose floor lay more than 3 median absolute deviations \(times 1\.4826\) above "
    r"the median floor were disregarded\.": Hand.raise_to_common,
    rf"Genes that then lie above {NUMBER} in fewer than {NUMBER} training samples were excluded\.": (
        Hand.leave_out_unexpressed
    ),
    r"The tests omitted missing values; where a value had to be imputed, it was replaced by the median of the gene in "
    r"the training part\.": Hand.do_nothing,
}


def follow(text: str, hand: Hand) -> None:
    """Carry out every step in its order; one that nobody can follow fails the test."""
    while text:
        step, found = next(
            ((step, found) for pattern, step in STEPS.items() if (found := re.match(f"(?:{pattern})(?: |$)", text))),
            (None, None),
        )
        assert step, f"Nobody can follow: {text}"
        step(hand, *found.groups())
        text = text[found.end() :]


def values_of(scale: ScaleName, rng: np.random.Generator) -> np.ndarray:
    n = sum(SIZES)
    logs = rng.normal(7, 2, GENES) + rng.normal(0, 0.5, (n, GENES)) + rng.normal(0, 0.3, (n, 1))
    logs[SIZES[0] :, :20] += 1.5
    return {
        "intensity": 2**logs + rng.normal(0, 60, logs.shape),
        "log2": logs,
        "ln": logs * np.log(2),
        "log10": logs * np.log10(2),
        "ratio": logs - logs.mean(axis=0),
        "counts": rng.poisson(2.0 ** (logs - 2)).astype(float) * (rng.random(GENES) > 0.02),
        "tpm": 2**logs / (2**logs).sum(axis=1, keepdims=True) * 1e6,
        "beta": 1 / (1 + 2 ** -(logs - 7)),
        "standardised": stats.zscore(logs, axis=0),
    }[scale]


def made(scale: ScaleName) -> Cohort:
    cohort = make_cohort(train=SIZES, test=(2, 2), genes=GENES)
    values = values_of(scale, np.random.default_rng(8))
    frame = pd.DataFrame(np.vstack([values, values[:4]]), cohort.expression.index, cohort.expression.columns)
    frame.iloc[3, 40] = np.nan
    cohort.genes.loc[["g030", "g031"], "control"] = True
    return replace(cohort, expression=frame, scale=Scale(scale, "made"))


@pytest.mark.parametrize(
    "scale", ["intensity", "log2", "ln", "log10", "ratio", "counts", "tpm", "beta", "standardised"]
)
def test_the_printed_steps_lead_to_the_printed_table(scale: ScaleName) -> None:
    cohort = made(scale)
    prepared, steps = PreprocessingStage(PreprocessSettings()).run(cohort)
    table = (
        DifferentialStage(settings_of("tests.permutations=0"))
        .run(prepared, Upstream(), stage_rng(1, "differential"))
        .table
    )
    hand = Hand(cohort)
    follow(printed(steps), hand)
    train, codes = hand.train, cohort.codes[hand.training]
    test = stats.ttest_ind(train[codes == 1], train[codes == 0], equal_var=False, nan_policy="omit")
    by_hand = pd.DataFrame({"t": test.statistic, "df": test.df, "P.Value": test.pvalue}, index=hand.x.columns)
    assert set(by_hand.index) == set(table.index)
    expected = by_hand.loc[table.index].astype(float)
    np.testing.assert_allclose(table[["t", "df", "P.Value"]], expected, rtol=1e-8)
    order = expected["P.Value"].rank(method="first").astype(int)
    np.testing.assert_allclose(table["P.Bonferroni"], np.minimum(expected["P.Value"] * len(order), 1), rtol=1e-8)
    change = train[codes == 1].mean() - train[codes == 0].mean()
    np.testing.assert_allclose(table["logFC"], change[table.index], rtol=1e-8, atol=1e-12)

"""A simulated leukaemia cohort that resembles Golub's; no real patient data are used.

The intensity of a probe is background plus signal plus additive noise; the signal is log-normal with multiplicative
noise (Rocke and Durbin 2001). On the log2 scale the signal is the sum of the abundance of the gene, shared factors of a
block of genes, the effect of the class in marker probes, the centre of the array, and the batch of the set. Only the
probes of the bundled marker list have real accessions. They have an effect of the class in the listed direction, which
is weaker if fewer cells of a sample are leukaemic. A few blocks of other genes depend weakly on the class, as whole
expression programmes do. Every invented probe is called ``SIM…_at``, so that `is_simulated` recognises the cohort when
it is read from files.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from genereport.cohort.annotation import load_markers, probes
from genereport.cohort.model import Cohort, Scale
from genereport.types import Array

CLASSES = ("ALL", "AML")
CONTROLS = 58
HARD_SAMPLES = ("31", "66")
"""One sample of either set whose marker genes are shifted towards the other class."""

_BRIGHTEST = 12.8
_CENTRES = ("C1", "C2", "C3")
_CENTRE_ODDS = {"ALL": (0.55, 0.3, 0.15), "AML": (0.2, 0.35, 0.45)}


@dataclass(frozen=True)
class Plan:
    """The size of the cohort and its effects, as standard deviations in log2 units unless noted otherwise.

    Attributes:
        genes: Number of probes, including controls and markers.
        train: Numbers of training samples of ALL and AML.
        test: Numbers of independent samples of ALL and AML.
        abundance: Mean and standard deviation of the genes' log2 abundance; none is above `_BRIGHTEST`.
        marker_abundance: The same for the marker probes, most of which are expressed.
        blocks: Number of blocks of genes that share a factor.
        loading: Standard deviation of a gene's loading on its factor.
        multiplicative: Noise proportional to the signal.
        additive: Median over the probes of the background noise, in intensity units.
        cross_hybridisation: Variation of that noise between the probes.
        effect: Mean difference between the classes in a responding marker.
        responding: Share of the marker probes that respond.
        purity: Lowest share of leukaemic cells in a sample, by which its effects are reduced.
        followers: Number of blocks whose factor differs between the classes.
        following: Size of that difference, in standard deviations of the factor.
        centre: Differences between centres, gene by gene.
        batch: Difference between the sets, gene by gene.
    """

    genes: int = 7129
    train: tuple[int, int] = (27, 11)
    test: tuple[int, int] = (20, 14)
    abundance: tuple[float, float] = (6.0, 2.9)
    marker_abundance: tuple[float, float] = (9.3, 1.3)
    blocks: int = 60
    loading: float = 0.45
    multiplicative: float = 0.3
    additive: float = 75.0
    cross_hybridisation: float = 1.2
    effect: float = 2.4
    responding: float = 0.7
    purity: float = 0.5
    followers: int = 14
    following: float = 2.5
    centre: float = 0.25
    batch: float = 0.35


def simulated_cohort(seed: int = 1999, plan: Plan | None = None) -> Cohort:
    """Simulate a cohort of integer intensities, about a quarter of them negative; equal seed and plan, equal cohort.

    Args:
        seed: Seed of every random number.
        plan: Sizes and effects; by default the size of Golub's study.

    Raises:
        ValueError: if `plan.genes` does not leave room for the marker probes and the controls.
    """
    plan = plan or Plan()
    rng = np.random.default_rng(seed)
    genes, effects = _draw_genes(plan, rng)
    samples = _draw_samples(plan, rng)
    lineage = _draw_lineage(plan, samples, rng)
    signal = _draw_abundance(plan, genes, rng) + _draw_factors(plan, lineage, rng)
    signal += _class_effects(samples, effects, genes, lineage)
    signal += _draw_technical(plan, samples, rng)
    values = pd.DataFrame(_measure_signal(signal, plan, rng), index=samples.index, columns=genes.index)
    reason = "simulated as background-corrected intensities"
    return Cohort(values, samples, genes, CLASSES, Scale("intensity", reason), layout="simulated", simulated=True)


def is_simulated(gene_ids: pd.Index) -> bool:
    """Return whether most of these ids, without controls, are invented ids of this simulator."""
    measured = gene_ids[~gene_ids.str.startswith("AFFX")]
    return len(measured) > 0 and bool(measured.str.match(r"SIM\d{5}_at$").mean() > 0.5)


def _draw_genes(plan: Plan, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw the probes in random order; for each marker probe its direction and effect size (log2, 0 if none)."""
    markers = load_markers()
    listed = probes(markers)
    invented = plan.genes - len(listed) - CONTROLS
    if invented < 0:
        raise ValueError(f"{plan.genes} genes are too few for {len(listed)} marker probes and {CONTROLS} controls.")
    controls = [f"AFFX-SIM{number:02d}_at" for number in range(1, CONTROLS + 1)]
    others = [f"SIM{number:05d}_at" for number in range(1, invented + 1)]
    measured = np.array([*listed.index, *others], dtype=object)
    ids = pd.Index([*controls, *rng.permutation(measured)], name="gene", dtype=str)
    symbols = listed.map(markers["symbol"]).reindex(ids).fillna("")
    names = listed.map(markers["name"]).reindex(ids)
    invented_names = [
        f"{gene} (endogenous control)" if gene in controls else f"Simulated gene {gene[3:8]}" for gene in ids
    ]
    genes = pd.DataFrame(
        {
            "symbol": symbols.to_numpy(dtype=object),
            "description": names.where(names.notna(), pd.Series(invented_names, index=ids)).to_numpy(dtype=object),
            "control": ids.str.startswith("AFFX"),
        },
        index=ids,
    ).astype({"symbol": "str", "description": "str"})
    responds = rng.random(len(listed)) < plan.responding
    strength = rng.gamma(4.0, plan.effect / 4.0, len(listed))
    direction = listed.map(markers["direction"])
    effects = pd.DataFrame({"direction": direction, "size": np.where(responds, strength, 0.0)}, index=listed.index)
    return genes, effects


def _draw_samples(plan: Plan, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the samples, numbered as Golub's: training first, ALL before AML within each set."""
    sizes = [*plan.train, *plan.test]
    classes = np.repeat([*CLASSES, *CLASSES], sizes)
    sets = np.repeat(["train", "test"], [sum(plan.train), sum(plan.test)])
    lineage = np.where(rng.random(len(classes)) < 0.75, "B-ALL", "T-ALL")
    centres = [rng.choice(_CENTRES, p=_CENTRE_ODDS[name]) for name in classes]
    blood = (sets == "test") & (rng.random(len(classes)) < 0.3)
    return pd.DataFrame(
        {
            "class": classes,
            "set": sets,
            "subtype": np.where(classes == "ALL", lineage, "AML"),
            "tissue": np.where(blood, "PB", "BM"),
            "centre": centres,
            "sex": rng.choice(["F", "M"], len(classes)),
        },
        index=pd.Index([str(number) for number in range(1, len(classes) + 1)], name="sample", dtype=str),
        dtype="str",
    )


def _draw_abundance(plan: Plan, genes: pd.DataFrame, rng: np.random.Generator) -> Array:
    usual, expressed = rng.normal(*plan.abundance, plan.genes), rng.normal(*plan.marker_abundance, plan.genes)
    return np.minimum(np.where(genes["symbol"] != "", expressed, usual), _BRIGHTEST)


def _draw_lineage(plan: Plan, samples: pd.DataFrame, rng: np.random.Generator) -> Array:
    """Draw the class strength of each sample: negative for ALL, positive for AML, with the purity as absolute value.

    A hard sample has a quarter of a pure sample's strength, in the direction of the other class.
    """
    purity = rng.uniform(plan.purity, 1.0, len(samples))
    sign = np.where(samples["class"] == CLASSES[1], 1.0, -1.0)
    return np.asarray(np.where(samples.index.isin(HARD_SAMPLES), -0.25, purity) * sign)


def _draw_factors(plan: Plan, lineage: Array, rng: np.random.Generator) -> Array:
    """Draw the factors that the genes of a block share, plus each gene's own noise in each sample."""
    block = rng.integers(plan.blocks, size=plan.genes)
    samples = len(lineage)
    factors = rng.normal(size=(samples, plan.blocks))
    factors[:, : plan.followers] += 0.5 * plan.following * lineage[:, None]
    shared = factors[:, block] * rng.normal(0.0, plan.loading, plan.genes)
    return shared + rng.normal(0.0, plan.multiplicative, (samples, plan.genes))


def _class_effects(samples: pd.DataFrame, effects: pd.DataFrame, genes: pd.DataFrame, lineage: Array) -> Array:
    """Add half the effect where a marker is raised and subtract half elsewhere, so that its mean abundance stays."""
    strength = lineage * np.where(samples["class"] == CLASSES[1], 1.0, -1.0)  # negative in a hard sample
    result = np.zeros((len(samples), len(genes)))
    columns = genes.index.get_indexer(effects.index)
    for column, (direction, size) in zip(columns, effects.itertuples(index=False, name=None), strict=True):
        raised = ((samples["class"] == direction) | (samples["subtype"] == direction)).to_numpy()
        result[:, column] = np.where(raised, 0.5, -0.5) * size * strength
    return result


def _draw_technical(plan: Plan, samples: pd.DataFrame, rng: np.random.Generator) -> Array:
    """Draw differences between centres and between the two sets, each constant over the samples concerned."""
    by_centre = rng.normal(0.0, plan.centre, (len(_CENTRES), plan.genes))
    position = pd.Categorical(samples["centre"], categories=_CENTRES).codes
    batch = rng.normal(0.0, plan.batch, plan.genes)
    return np.asarray(by_centre[position] + (samples["set"] == "test").to_numpy()[:, None] * batch)


def _measure_signal(signal: Array, plan: Plan, rng: np.random.Generator) -> Array:
    """Return integer intensities: signal times the gain of the array, plus its background and additive noise."""
    n = len(signal)
    gain = np.exp2(rng.normal(0.0, 0.3, (n, 1)))
    background = rng.normal(-20.0, 25.0, (n, 1))
    roughness = plan.additive * np.exp2(rng.normal(0.0, plan.cross_hybridisation, signal.shape[1]))
    noise = rng.normal(0.0, roughness, signal.shape) * np.exp2(rng.normal(0.0, 0.2, (n, 1)))
    return np.rint(np.exp2(signal) * gain + background + noise)

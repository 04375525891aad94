"""The figures as a picture: PNG, to be read on a phone. matplotlib is an extra, and is loaded with the first picture.

The colours are Okabe and Ito's, which people tell apart whatever colours they see (https://jfly.uni-koeln.de/color/);
every bar says its number besides.
"""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING

from bot.reports.figures import FUNNEL, Figures, Stage
from bot.request.status import Status

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WEEKS = 16
"""So many weeks are shown, the last ones."""

_COLOURS: Mapping[Status, str] = {
    Status.APPROVED: "#009E73",
    Status.RECEIVED: "#0072B2",
    Status.EMAILED: "#56B4E9",
    Status.ISSUED: "#F0E442",
    Status.RETURNED: "#E69F00",
    Status.REJECTED: "#D55E00",
}
_OTHER = "#999999"
_DARK, _LIGHT = "#0072B2", "#BFD9EA"
_HOURS_IN_DAYS = 48.0
"""From so many hours on, days are easier to read."""


def can_draw() -> bool:
    """Return whether la-bot[charts] is installed."""
    return find_spec("matplotlib") is not None


def lasting(hours: float) -> str:
    """A duration in the unit that reads best: hours, or days from two on."""
    return f"{hours:.1f} h" if hours < _HOURS_IN_DAYS else f"{hours / 24:.1f} days"


def drawn(figures: Figures, title: str, names: Mapping[str, str]) -> bytes:
    """The picture. `names`: the words for statuses, parties and headings, by `status.emailed`, `chart.weeks`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - an extra, and slow to load
    from matplotlib.figure import Figure  # noqa: PLC0415

    picture = Figure(figsize=(6, 9.4), dpi=150, layout="constrained")
    FigureCanvasAgg(picture)
    picture.suptitle(title, fontsize=13, fontweight="bold", x=0.02, ha="left")
    ratios = (5, 3, max(2.5, 0.9 * len(figures.stages)))
    # A part each: in one grid the longest labels of one would take the room of all.
    weeks, funnel, stages = (
        part.subplots() for part in picture.subfigures(3, 1, squeeze=False, height_ratios=ratios).flat
    )
    _draw_weeks(weeks, figures, names)
    _draw_funnel(funnel, figures, names)
    _draw_stages(stages, figures.stages, names)
    for axes in (weeks, funnel, stages):
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=9)
    content = BytesIO()
    picture.savefig(content, format="png", metadata={"Software": None})
    return content.getvalue()


def _titled(axes: "Axes", title: str) -> None:
    axes.set_title(title, fontsize=11, loc="left", pad=8)


def _draw_weeks(axes: "Axes", figures: Figures, names: Mapping[str, str]) -> None:
    """A bar for each week, in parts by where its requests stand now."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    _titled(axes, names["chart.weeks"])
    weeks = list(figures.weeks.items())[-WEEKS:]
    below = [0] * len(weeks)
    parts = [(names[f"status.{status}"], colour, {status}) for status, colour in _COLOURS.items()]
    for label, colour, statuses in [*parts, (names["chart.other"], _OTHER, {*Status} - {*_COLOURS})]:
        counts = [sum(counts.get(status, 0) for status in statuses) for _, counts in weeks]
        if any(counts):
            axes.bar(
                range(len(weeks)),
                counts,
                bottom=below,
                width=0.75,
                color=colour,
                edgecolor="white",
                linewidth=0.8,
                label=label,
            )
            below = [under + count for under, count in zip(below, counts, strict=True)]
    for place, height in enumerate(below):
        if height:
            axes.annotate(str(height), (place, height), ha="center", va="bottom", fontsize=8)
    step = 1 + len(weeks) // 9
    axes.set_xticks(range(0, len(weeks), step), [f"{week:%-d %b}" for week, _ in weeks[::step]])
    axes.set_ylim(0, 1.15 * max([*below, 1]))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    if any(below):
        axes.legend(fontsize=8, ncols=3, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.1))


def _draw_funnel(axes: "Axes", figures: Figures, names: Mapping[str, str]) -> None:
    """Draw the number of requests that reached each step."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    _titled(axes, names["chart.funnel"])
    counts = [figures.funnel[status] for status in FUNNEL]
    axes.barh(
        range(len(FUNNEL)), counts, color=[_COLOURS[s] for s in FUNNEL], edgecolor="#333333", linewidth=0.5, height=0.65
    )
    for place, count in enumerate(counts):
        share = f" ({100 * count / counts[0]:.0f} %)" if counts[0] and place else ""
        axes.annotate(f" {count}{share}", (count, place), va="center", fontsize=9)
    axes.set_yticks(range(len(FUNNEL)), [names[f"status.{status}"] for status in FUNNEL])
    axes.set_xlim(0, 1.25 * max([*counts, 1]))
    axes.invert_yaxis()
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _draw_stages(axes: "Axes", stages: Sequence[Stage], names: Mapping[str, str]) -> None:
    """Median and ninetieth percentile of each stage, in days."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    _titled(axes, names["chart.stages"])
    for place, stage in enumerate(stages):
        for days, colour, label in ((stage.ninetieth / 24, _LIGHT, "ninetieth"), (stage.median / 24, _DARK, "median")):
            axes.barh(place, days, height=0.6, color=colour, label=names[f"chart.{label}"] if not place else None)
        axes.annotate(f" {_both(stage)}", (stage.ninetieth / 24, place), va="center", fontsize=9)
    axes.set_yticks(
        range(len(stages)), [f"{names[f'status.{s.status}']}\n{names[f'desk.party.{s.party}']}" for s in stages]
    )
    axes.set_ylim(len(stages) - 0.4, -0.6)
    axes.set_xlim(0, 1.4 * max([1.0, *(stage.ninetieth / 24 for stage in stages)]))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(names["chart.days"], fontsize=9, loc="right")
    if stages:
        axes.legend(reverse=True, fontsize=8, ncols=2, frameon=False, loc="upper left", bbox_to_anchor=(-0.02, -0.1))


def _both(stage: Stage) -> str:
    """Median and ninetieth percentile in one unit, which is that of the longer."""
    if stage.ninetieth < _HOURS_IN_DAYS:
        return f"{stage.median:.1f} / {stage.ninetieth:.1f} h"
    return f"{stage.median / 24:.1f} / {stage.ninetieth / 24:.1f} days"

"""The look of all figures: colours that colour-blind readers tell apart (Okabe and Ito 2008), on light and on dark ground."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

BLUE, SKY, GREEN, ORANGE, VERMILLION, PURPLE = "#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00", "#CC79A7"
DATA, FAINT = "#7F8894", "rgba(127,136,148,0.55)"
VISITS = (SKY, ORANGE, PURPLE, GREEN)
LINES = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY)
# In every figure; of the Okabe-Ito colours that stand out on light and on dark ground alike, which their blue and yellow do not.
MOLECULES = {"H2O": SKY, "CH4": ORANGE, "CO2": GREEN, "CO": PURPLE, "NH3": VERMILLION}
TRANSIT_SHADE = "rgba(86,180,233,0.12)"
# Diverging between blue and vermillion; the middle is where nothing is left.
DIVERGING = [[0.0, "#00436B"], [0.25, "#5AA7D6"], [0.5, "#F5F5F2"], [0.75, "#E8935A"], [1.0, "#8A3A00"]]
PPM = 1e6
MOST_STEPS = 10


def plain(text: str) -> str:
    """Return text from outside so that Plotly shows it as it is: in all words of a figure it reads tags and entities."""
    return escape(text, quote=False)


def transparent(colour: str, alpha: float) -> str:
    """Return ``#RRGGBB`` as a CSS colour that lets through what is below."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def whole_ticks(last: int) -> dict[str, object]:
    """Return what puts the ticks of an axis that ends at ``last`` at whole numbers, 1, 2 or 5 times a power of ten apart, at most 11."""
    steps = (factor * 10**power for power in range(last + 1) for factor in (1, 2, 5))
    return {"tick0": 0, "dtick": next(step for step in steps if last <= MOST_STEPS * step), "tickformat": ",d"}


def finish(figure: Figure, title: str, height: int) -> Figure:
    """Give a figure its title and the common look; ground and text follow the page, which may be dark."""
    figure.update_layout(
        template="none",
        title={
            "text": title,
            "x": 0.0,
            "xanchor": "left",
            "xref": "paper",
            "font": {"size": 15},
            "y": 1.0,
            "yanchor": "top",
            "pad": {"t": 12},
        },
        height=height,
        margin={"l": 66, "r": 14, "t": 76, "b": 48},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, -apple-system, 'Segoe UI', sans-serif", "size": 12, "color": "#2b2f36"},
        legend={"orientation": "h", "x": 0.0, "y": 1.0, "yanchor": "bottom", "font": {"size": 11}},
        hovermode="closest",
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": FAINT, "activecolor": BLUE},
    )
    axis = {
        "gridcolor": "rgba(127,136,148,0.25)",
        "linecolor": "#7F8894",
        "zeroline": False,
        "showline": True,
        "ticks": "outside",
        "ticklen": 4,
        "exponentformat": "none",
        "separatethousands": True,
    }
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis, automargin=True, title_standoff=10)
    return figure

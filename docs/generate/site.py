"""What MkDocs cannot do alone: generated tables, and the documents of the root as pages. Run as `python -m mkdocs` in the root."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docs.generate.commands import commands_markdown
from docs.generate.configuration import configuration_markdown
from docs.generate.errors import messages_markdown
from docs.generate.steps import steps_markdown
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]
ROOT_DOCUMENTS = {"ARCHITECTURE.md": "architecture.md", "README.md": "readme.md", "LICENSE": "LICENSE.txt"}
MARKER = re.compile(r"^<!-- generated: (\w+)(?: (\w+))? -->$", re.M)
WRITERS: dict[str, Callable[..., str]] = {
    "commands": commands_markdown,
    "configuration": configuration_markdown,
    "messages": messages_markdown,
    "steps": steps_markdown,
}


def on_files(files: Files, config: Any, **_: object) -> Files:
    """Add the documents that stay in the root of the repository."""
    for name, page in ROOT_DOCUMENTS.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=with_links_of_the_site(text.replace("](docs/", "]("))))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Fill in the generated parts of a page and lead links into the root to the pages of the site."""
    filled = MARKER.sub(lambda match: WRITERS[match[1]](*filter(None, [match[2]])), markdown)
    return with_links_of_the_site(filled)


def with_links_of_the_site(markdown: str) -> str:
    """Return the text with links to documents of the root replaced by links to their pages."""
    for name, page in ROOT_DOCUMENTS.items():
        markdown = re.sub(rf"\]\((?:\.\./)?{re.escape(name)}(?=[)#])", f"]({page}", markdown)
    return markdown

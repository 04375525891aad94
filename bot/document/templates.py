"""The HTML templates of the License Agreement and of what is shown about it."""

from functools import cache

import jinja2

from bot.agreement.agreement import DATASETS


@cache
def template(name: str) -> jinja2.Template:
    """The template of that file name; every value is escaped, a missing one is an error."""
    loader = jinja2.FileSystemLoader(DATASETS)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.get_template(name)

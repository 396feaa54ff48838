"""What stands behind the method in a request: path and query."""

from urllib.parse import quote

AS_IT_IS = "/:?#[]@!$&'()*+,;=%-._~"
"""What may stand in a URL and means something there (RFC 3986)."""


def quoted_in_path(text: str, whole: bool) -> str:
    """A value as it goes into a path: quoted, or `whole`, with all that may stand there (RFC 6570's {+name})."""
    return quote(text, safe=AS_IT_IS if whole else "")


def with_query(path: str, query: str) -> str:
    """A path with those pairs of a query whose names it doesn't have itself."""
    if not query:
        return path
    before, _, said = path.partition("?")
    there = {pair.partition("=")[0] for pair in said.split("&")}
    missing = [pair for pair in query.split("&") if pair.partition("=")[0] not in there]
    return f"{before}?{'&'.join(filter(None, (said, *missing)))}"

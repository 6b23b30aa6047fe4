"""The pages that people see at `/` and `/docs`: plain HTML made here, without scripts and without anybody's CDN."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""Headers that both pages carry."""

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1b1f24}"
    "main{max-width:56rem;margin:2rem auto;padding:0 1rem}h1{margin:.2em 0}h2{margin:2em 0 .4em}a{color:#0b57d0}"
    "code,pre{font:14px/1.5 ui-monospace,monospace;overflow-wrap:anywhere}"
    "pre{background:#fff;padding:1rem;border-radius:8px;overflow:auto}"
    "details{background:#fff;border-radius:8px;margin:.3rem 0;padding:.4rem .8rem}summary{cursor:pointer}"
    "b.m{display:inline-block;min-width:4.5em}.who{color:#57606a;float:right}table{border-collapse:collapse}"
    "td,th{text-align:start;padding:.15rem .8rem .15rem 0;vertical-align:top}.no{color:#b42318}"
    "@media(prefers-color-scheme:dark){body{background:#111418;color:#e6e9ed}details,pre{background:#1b1f24}"
    "a{color:#8ab4f8}.who{color:#9aa4ae}}"
)

_METHODS = ("get", "post", "put", "patch", "delete")


def landing_page(parts: Mapping[str, bool], base_url: str, unpaged: int | None = None) -> str:
    """What runs here, and where to go on. `parts` tells of each part whether it is ready.

    `unpaged`: how many services would page nobody at some time of the next 7 days; None: it can't be told.
    """
    silent = f"<p class=no>{_unpaged_sentence(unpaged)}</p>" if unpaged else ""
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td{'' if ready else ' class=no'}>{'ready' if ready else 'not ready'}</td></tr>"
        for name, ready in parts.items()
    )
    example = (
        f'curl -X POST {base_url}/incidents/webhook \\\n  -H "Authorization: Bearer $(cat .run/admin.key)" \\\n'
        "  -H 'Content-Type: application/json' \\\n"
        '  -d \'{"title": "Checkout answers 500", "severity": "critical", "service": "payments"}\''
    )
    return _page(
        "Tocsin",
        "<p>Incident management and on-call: alerts in, the right person out of bed, the organisation learns.</p>"
        '<p><a href="/docs">The HTTP interface</a> · <a href="/openapi.json">OpenAPI</a> · '
        '<a href="/readyz">Readiness</a></p>'
        f"{silent}<h2>What runs</h2><table>{rows}</table><h2>A first alert</h2><pre>{escape(example)}</pre>",
    )


def _unpaged_sentence(count: int) -> str:
    whose = "1 service has" if count == 1 else f"{count} services have"
    return (
        f"{whose} a time in the next 7 days in which a critical alert would page nobody by its own policy: "
        "<code>GET /on-call/audit</code> says which."
    )


def docs_page(document: Mapping[str, Any]) -> str:
    """The operations of a merged OpenAPI document, by service, each with its parameters, body and answers."""
    groups: dict[str, list[str]] = {}
    for path, item in document.get("paths", {}).items():
        for method in _METHODS:
            if method in item:
                operation = item[method]
                group = (operation.get("tags") or [""])[0]
                groups.setdefault(group, []).append(_operation(path, method, operation))
    sections = "".join(
        f'<h2 id="{escape(group)}">{escape(group)}</h2>{"".join(operations)}' for group, operations in groups.items()
    )
    schemas = "".join(
        f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary>{_fields(schema)}</details>'
        for name, schema in document.get("components", {}).get("schemas", {}).items()
    )
    links = " · ".join(f'<a href="#{escape(group)}">{escape(group)}</a>' for group in [*groups, "schemas"])
    return _page(
        "Tocsin: the HTTP interface",
        f'<p>{links} · <a href="/openapi.json">openapi.json</a></p>'
        "<p>Send a key as <code>Authorization: Bearer …</code>; beside each operation stands the least role it needs. "
        f'Errors are <code>application/problem+json</code>.</p>{sections}<h2 id="schemas">schemas</h2>{schemas}',
    )


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> str:
    summary = operation.get("summary", "")
    text = operation.get("description", "")
    parameters = "".join(
        f"<tr><td><code>{escape(str(one.get('name', '')))}</code></td><td>{escape(str(one.get('in', '')))}</td>"
        f"<td>{_type(one.get('schema', {}))}</td><td>{escape(str(one.get('description', '')))}</td></tr>"
        for one in operation.get("parameters", [])
    )
    body = "".join(
        f"<p>Body: {_type(content.get('schema', {}))} <code>{escape(kind)}</code></p>"
        for kind, content in operation.get("requestBody", {}).get("content", {}).items()
    )
    answers = "".join(
        f"<tr><td>{escape(code)}</td><td>{_answer(answer)}</td></tr>"
        for code, answer in operation.get("responses", {}).items()
        if code[:1] in "23"
    )
    return (
        f"<details><summary><b class=m>{method.upper()}</b><code>{escape(path)}</code>"
        f"<span class=who>{escape(str(operation.get('x-tocsin-needs', '')))}</span></summary>"
        f"<p>{escape(str(summary))}</p>{f'<p>{escape(str(text))}</p>' if text else ''}"
        f"<table>{parameters}</table>{body}<table>{answers}</table></details>"
    )


def _answer(answer: Mapping[str, Any]) -> str:
    kinds = ", ".join(_type(content.get("schema", {})) for content in answer.get("content", {}).values())
    return f"{escape(str(answer.get('description', '')))} {kinds}"


def _fields(schema: Mapping[str, Any]) -> str:
    required = schema.get("required", [])
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code>{' *' if name in required else ''}</td><td>{_type(field)}</td>"
        f"<td>{escape(str(field.get('description', '')))}</td></tr>"
        for name, field in schema.get("properties", {}).items()
    )
    words = ", ".join(escape(str(word)) for word in schema.get("enum", []))
    return f"<p>{words}</p><table>{rows}</table>"


def _type(schema: Any) -> str:
    if not isinstance(schema, dict):
        return ""
    if "$ref" in schema:
        name = escape(str(schema["$ref"]).rpartition("/")[2])
        return f'<a href="#schema-{name}"><code>{name}</code></a>'
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " | ".join(_type(one) for one in schema[several])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return escape(str(schema.get("format") or schema.get("type") or "anything"))


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>\n"
    )

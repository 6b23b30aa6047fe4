"""The AsyncAPI 3.0 document of the bus, made from the catalogue, the classes of the data and the bindings. Pure.

Source: https://www.asyncapi.com/docs/reference/specification/v3.0.0, AMQP bindings 0.3.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.bus.topology import EVENTS, QUEUES, Names
from shared.events.catalogue import CATALOGUE, EventType
from shared.events.envelope import Event
from shared.events.flow import listeners, queues, routing_keys, service_of

SCHEMAS = "#/components/schemas/"
DEFAULT_NAMESPACE = "tocsin"


def schemas() -> Mapping[str, dict[str, Any]]:
    """The JSON schemas of the envelope (`Event`), of every event's data and of all they refer to, by class name."""
    models: dict[type[BaseModel], None] = dict.fromkeys([Event, *(kind.data for kind in CATALOGUE)])
    _, document = models_json_schema([(model, "validation") for model in models], ref_template=SCHEMAS + "{model}")
    found: dict[str, dict[str, Any]] = document["$defs"]
    return found


def asyncapi() -> dict[str, Any]:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tocsin events",
            "version": "1.0.0",
            "description": "What the services of Tocsin tell each other: CloudEvents 1.0, structured JSON mode, on a "
            "RabbitMQ topic exchange whose routing key is the event's type. The word before the exchange's first dot "
            "is the installation's namespace.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": Event.CONTENT_TYPE,
        "channels": {kind.name: _channel(kind) for kind in CATALOGUE},
        "operations": _operations(),
        "components": {
            "messages": {kind.name: _message(kind) for kind in CATALOGUE},
            "schemas": dict(schemas()),
        },
    }


def _channel(kind: EventType) -> dict[str, Any]:
    return {
        "address": kind.name,
        "description": kind.doc,
        "messages": {kind.name: {"$ref": f"#/components/messages/{kind.name}"}},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": Names(DEFAULT_NAMESPACE).of(EVENTS), "type": "topic", "durable": True},
                "bindingVersion": "0.3.0",
            }
        },
    }


def _operations() -> dict[str, Any]:
    found: dict[str, Any] = {}
    everybody = list(dict.fromkeys(service_of(queue.name) for queue in QUEUES))
    for kind in CATALOGUE:
        for service in everybody if kind.emitter == "any" else [kind.emitter]:
            found[f"{service}.tells.{kind.name}"] = _operation(
                kind, "send", f"{service} tells: {kind.doc}", f"Routing keys: {', '.join(routing_keys(kind.name))}"
            )
        for service in listeners(kind.name):
            taken = [name for name in queues(kind.name) if service_of(name) == service]
            found[f"{service}.hears.{kind.name}"] = _operation(
                kind, "receive", f"{service} hears: {kind.doc}", f"Queues: {', '.join(taken)}"
            )
    return found


def _operation(kind: EventType, action: str, summary: str, description: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{kind.name}"},
        "summary": summary,
        "description": description,
        "messages": [{"$ref": f"#/channels/{kind.name}/messages/{kind.name}"}],
    }


def _message(kind: EventType) -> dict[str, Any]:
    return {
        "name": kind.name,
        "title": kind.doc,
        "contentType": Event.CONTENT_TYPE,
        "payload": {
            "allOf": [
                {"$ref": SCHEMAS + "Event"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": kind.name},
                        "data": {"$ref": SCHEMAS + kind.data.__name__},
                    },
                },
            ]
        },
        "tags": [{"name": "personal" if kind.personal else "impersonal"}],
    }

"""What can be found, one file for each: a copy's fact in, a document out, or none where nobody should find it. Pure.

`COPY` names the collection of the copy, `read` makes the document. A new kind is one file here; `READERS` has them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.analytics.search.document import Document
from shared.plug_ins import plug_ins

Reader = Callable[[Mapping[str, Any]], Document | None]
READERS: Mapping[str, Reader] = {
    module.COPY: module.read for module in plug_ins(__name__, __path__, "COPY", "KIND", "read")
}
"""By copy: what makes documents of its facts."""
KINDS: Mapping[str, str] = {module.COPY: module.KIND for module in plug_ins(__name__, __path__, "COPY", "KIND", "read")}
"""By copy: the kind of its documents."""

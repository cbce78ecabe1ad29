"""What every record of the practice Procore has."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(eq=False)
class Record:
    id: int
    created_at: datetime
    updated_at: datetime
    fields: dict[str, Any] = field(default_factory=dict)
    deleted_at: datetime | None = None

    def get(self, name: str) -> Any:
        return self.fields.get(name)

    def write(self, values: Mapping[str, Any], now: datetime) -> bool:
        """updated_at moves only when something changes."""
        changed = {k: v for k, v in values.items() if self.fields.get(k) != v or k not in self.fields}
        effective = any(self.fields.get(k) != v for k, v in changed.items())
        self.fields.update(changed)
        if effective:
            self.updated_at = now
        return effective

    def touch(self, now: datetime) -> None:
        self.updated_at = now

"""The deal pipelines of the practice account: their stages, and which values fit a deal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from signoff_sandbox.clock import iso

Json = dict[str, Any]
_MADE = 1_768_208_400.0


@dataclass
class Stage:
    id: str
    label: str
    probability: str

    @property
    def is_closed(self) -> bool:
        return self.probability in ("0.0", "1.0")

    def as_json(self, order: int) -> Json:
        return {
            "id": self.id,
            "label": self.label,
            "displayOrder": order,
            "metadata": {"isClosed": str(self.is_closed).lower(), "probability": self.probability},
            "createdAt": iso(_MADE),
            "updatedAt": iso(_MADE),
            "archived": False,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        }


@dataclass
class Pipeline:
    id: str
    label: str
    stages: list[Stage]

    def as_json(self, order: int) -> Json:
        return {
            "id": self.id,
            "label": self.label,
            "displayOrder": order,
            "stages": [stage.as_json(position) for position, stage in enumerate(self.stages)],
            "createdAt": iso(_MADE),
            "updatedAt": iso(_MADE),
            "archived": False,
        }


def _standard() -> list[Pipeline]:
    sales = [
        Stage("appointmentscheduled", "Appointment Scheduled", "0.2"),
        Stage("qualifiedtobuy", "Qualified To Buy", "0.4"),
        Stage("presentationscheduled", "Presentation Scheduled", "0.6"),
        Stage("contractsent", "Contract Sent", "0.9"),
        Stage("closedwon", "Closed Won", "1.0"),
        Stage("closedlost", "Closed Lost", "0.0"),
    ]
    # A pipeline that an owner made has numbers for ids.
    renewals = [
        Stage("1042001", "Renewal due", "0.5"),
        Stage("1042002", "Closed Won", "1.0"),
        Stage("1042003", "Closed Lost", "0.0"),
    ]
    return [Pipeline("default", "Sales Pipeline", sales), Pipeline("1042000", "Renewals", renewals)]


@dataclass
class Pipelines:
    """The pipelines, in their order."""

    all: list[Pipeline] = field(default_factory=_standard)

    def get(self, id: str) -> Pipeline | None:
        return next((pipeline for pipeline in self.all if pipeline.id == id), None)

    def stage(self, id: str) -> tuple[Pipeline, Stage] | None:
        for pipeline in self.all:
            for stage in pipeline.stages:
                if stage.id == id:
                    return pipeline, stage
        return None

    def fault(self, asked: dict[str, str], kept: dict[str, str]) -> tuple[str, str, str] | None:
        """
        Return (property, code, message) when a deal cannot have this pipeline and stage; fills in the pipeline.

        A stage alone is taken as one of the deal's own pipeline, for a new deal of the default one.
        """
        if not {"pipeline", "dealstage"} & set(asked):
            return None
        id = asked.get("pipeline") or kept.get("pipeline") or "default"
        pipeline = self.get(id)
        if pipeline is None:
            known = ", ".join(one.id for one in self.all)
            return "pipeline", "INVALID_OPTION", f"{id} was not one of the allowed options: [{known}]"
        stage = asked.get("dealstage", kept.get("dealstage", ""))
        if stage and stage not in {one.id for one in pipeline.stages}:
            known = ", ".join(one.id for one in pipeline.stages)
            return "dealstage", "INVALID_OPTION", f"{stage} was not one of the allowed options: [{known}]"
        asked["pipeline"] = pipeline.id
        return None

    def worked_out(self, stage_id: str) -> dict[str, str]:
        """Return what HubSpot works out from a stage."""
        found = self.stage(stage_id)
        if found is None:
            return {}
        probability = found[1].probability
        return {
            "hs_deal_stage_probability": probability,
            "hs_is_closed_won": str(probability == "1.0").lower(),
        }

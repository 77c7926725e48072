"""Reads a lineage as PROV-JSON and as OpenLineage events with the libraries of
those, and compares what they understood with the lineage as JSON lines.

Usage: check.py PROV EVENTS JSONL
"""

import json
import sys
from collections import Counter
from uuid import UUID

from dateutil import parser as dates
from openlineage.client.generated import base, dataset_version_dataset, tags_dataset, tags_run
from prov.constants import PROV_ATTR_ACTIVITY, PROV_ATTR_ENTITY, PROV_ATTR_USED_ENTITY
from prov.constants import PROV_ATTR_GENERATED_ENTITY, PROV_LABEL
from prov.model import ProvActivity, ProvDerivation, ProvDocument, ProvEntity
from prov.model import ProvGeneration, ProvUsage


def attribute(record, name):
    (value,) = record.get_attribute(name)
    return value


def check_prov(path, contents, jobs, analyses):
    document = ProvDocument.deserialize(path, format="json")
    entities = {e.identifier: attribute(e, PROV_LABEL) for e in document.get_records(ProvEntity)}
    assert sorted(entities.values()) == sorted(c["hash"] for c in contents)
    activities = list(document.get_records(ProvActivity))
    assert len({a.identifier for a in activities}) == len(jobs) + len(analyses)
    media = document.get_registered_namespaces()
    media = next(n for n in media if n.prefix == "media")
    names = {a.identifier: next(iter(a.get_attribute(media["job_id"])), None) for a in activities}

    def pairs(kind, first, second, names_of_first):
        records = document.get_records(kind)
        return Counter(
            (names_of_first[attribute(r, first)], entities[attribute(r, second)]) for r in records
        )

    used = Counter((j["job_id"], j["input_hash"]) for j in jobs)
    used += Counter((None, a["file_hash"]) for a in analyses)
    assert pairs(ProvUsage, PROV_ATTR_ACTIVITY, PROV_ATTR_ENTITY, names) == used
    made = Counter((j["job_id"], j["output_hash"]) for j in jobs)
    assert pairs(ProvGeneration, PROV_ATTR_ACTIVITY, PROV_ATTR_ENTITY, names) == made
    derived = Counter((j["output_hash"], j["input_hash"]) for j in jobs)
    found = pairs(ProvDerivation, PROV_ATTR_GENERATED_ENTITY, PROV_ATTR_USED_ENTITY, entities)
    assert found == derived
    # What the library understood, it can write and read again.
    again = ProvDocument.deserialize(content=document.serialize(format="json"), format="json")
    assert again == document
    document.get_provn()
    return len(entities), len(activities)


FACETS = {
    "version": dataset_version_dataset.DatasetVersionDatasetFacet,
    "run tags": tags_run.TagsRunFacet,
    "dataset tags": tags_dataset.TagsDatasetFacet,
}


def build(kind, value):
    """An object of the library; an unknown or missing member is an error."""
    schema = value.pop("schemaURL", None) or value.pop("_schemaURL", None)
    if schema is not None:
        value = {key.lstrip("_"): member for key, member in value.items()}
        assert schema == kind._get_schema(), (schema, kind)
    return kind(**value)


def dataset(kind, value):
    facets = value["facets"]
    facets["version"] = build(FACETS["version"], facets["version"])
    if "tags" in facets:
        tags = facets["tags"]
        tags["tags"] = [tags_dataset.TagsDatasetFacetFields(**tag) for tag in tags["tags"]]
        facets["tags"] = build(FACETS["dataset tags"], tags)
    return kind(**value)


def check_event(event):
    event["eventType"] = base.EventType(event["eventType"])
    facets = event["run"]["facets"]
    tags = facets["tags"]
    tags["tags"] = [tags_run.TagsRunFacetFields(**tag) for tag in tags["tags"]]
    facets["tags"] = build(FACETS["run tags"], tags)
    event["run"] = base.Run(**event["run"])
    event["job"] = base.Job(**event["job"])
    event["inputs"] = [dataset(base.InputDataset, d) for d in event["inputs"]]
    event["outputs"] = [dataset(base.OutputDataset, d) for d in event["outputs"]]
    event = build(base.RunEvent, event)
    UUID(event.run.runId)
    assert dates.isoparse(event.eventTime).tzinfo is not None
    assert event.eventType == base.EventType.COMPLETE
    version = lambda d: (d.name, d.facets["version"].datasetVersion)
    (tag,) = event.run.facets["tags"].tags
    return tag.value, event.job.name, *map(version, [*event.inputs, *event.outputs])


def check_events(path, jobs, analyses):
    events = [json.loads(line) for line in open(path, encoding="utf-8")]
    runs = {event["run"]["runId"] for event in events}
    assert len(runs) == len(events)
    expected = Counter(
        (
            j["job_id"],
            j["action"],
            (j["input_path"], j["input_hash"]),
            (j["output_path"], j["output_hash"]),
        )
        for j in jobs
    )
    expected += Counter(
        (a["config_hash"], "analysis", (a["file_path"], a["file_hash"])) for a in analyses
    )
    assert Counter(check_event(event) for event in events) == expected
    return len(events)


def main():
    prov, events, lines = sys.argv[1:]
    lines = [json.loads(line) for line in open(lines, encoding="utf-8")]
    of = lambda kind: [line for line in lines if line["kind"] == kind]
    contents, jobs, analyses = of("content"), of("job"), of("analysis")
    entities, activities = check_prov(prov, contents, jobs, analyses)
    events = check_events(events, jobs, analyses)
    print(f"{entities} entities, {activities} activities, {events} events")


main()

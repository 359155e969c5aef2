"""fhir_check SCHEMA BUNDLE: says what of the bundle breaks the published JSON schema of FHIR R4, and which references
resolve to nothing in it, one line each, with exit code 1; else "valid N resources" and exit code 0."""
import json
import sys

import jsonschema


def faults(schema, kind, value, where):
    """Of a value by its own definition, so that the fault is named and not "none of the schemas fits"."""
    if kind not in schema["definitions"]:
        return [f"{where}: there is no {kind} in R4"]
    own = {"$schema": schema["$schema"], "$ref": f"#/definitions/{kind}", "definitions": schema["definitions"]}
    return [f"{where}/{'/'.join(map(str, e.absolute_path))}: {e.message}"[:300]
            for e in jsonschema.Draft6Validator(own).iter_errors(value)]


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from references(inner)


def main(schema_file, bundle_file):
    with open(schema_file) as s, open(bundle_file) as b:
        schema, bundle = json.load(s), json.load(b)
    entries = bundle.get("entry", [])
    bare = {**bundle, "entry": [{k: v for k, v in e.items() if k != "resource"} for e in entries]}
    wrong = faults(schema, "Bundle", bare, "Bundle")
    for e in entries:
        kind = e["resource"].get("resourceType")
        wrong += faults(schema, kind, e["resource"], kind)
    urls = [e["fullUrl"] for e in entries]
    wrong += ["two entries have one fullUrl"] if len(set(urls)) != len(urls) else []
    wrong += [f"{r} is not in the bundle" for r in references(bundle) if r not in urls]
    print("\n".join(wrong) or f"valid {len(entries)} resources")
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:]))

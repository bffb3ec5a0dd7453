#!/usr/bin/env python3
"""Makes the models in this folder anew: AWS's service models, trimmed to the operations of ops.txt.

usage: pip install botocore==1.43.11 && ./trim.py [OUT_DIR]

Kept: metadata, the listed operations, every shape they reach (members, constraints, wire traits), error
shapes, pagination. Left out: all documentation. The botocore version stands in each file as `source`.
The same botocore gives the same bytes.
"""
import fnmatch
import gzip
import json
import os
import sys

import botocore
import botocore.session

PINNED = "1.43.11"
HERE = os.path.dirname(os.path.abspath(__file__))


def wanted_operations():
    wanted = {}
    with open(os.path.join(HERE, "ops.txt")) as lines:
        for line in lines:
            service, _, names = line.split("#")[0].strip().partition(":")
            if service:
                wanted.setdefault(service, []).extend(names.split())
    return wanted


def undocumented(value):
    if isinstance(value, dict):
        return {k: undocumented(v) for k, v in value.items() if not (k in ("documentation", "deprecatedMessage") and isinstance(v, str))}
    return [undocumented(v) for v in value] if isinstance(value, list) else value


def reached(model, operations):
    seen, todo = set(), []
    for operation in operations.values():
        todo += [operation[part]["shape"] for part in ("input", "output") if part in operation]
        todo += [error["shape"] for error in operation.get("errors", [])]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            shape = model["shapes"][name]
            todo += [shape[part]["shape"] for part in ("member", "key", "value") if part in shape]
            todo += [member["shape"] for member in shape.get("members", {}).values()]
    return seen


def main(out):
    if botocore.__version__ != PINNED:
        sys.exit(f"this is botocore {botocore.__version__}; the models are pinned to {PINNED}")
    loader = botocore.session.Session().get_component("data_loader")
    for service, patterns in sorted(wanted_operations().items()):
        model = loader.load_service_model(service, "service-2")
        operations = {n: o for n, o in model["operations"].items() if any(fnmatch.fnmatchcase(n, p) for p in patterns)}
        missing = [p for p in patterns if not any(fnmatch.fnmatchcase(n, p) for n in operations)]
        if missing:
            sys.exit(f"{service}: no operation matches {missing}")
        trimmed = undocumented({
            "source": f"botocore {PINNED}",
            "metadata": model["metadata"],
            "operations": operations,
            "shapes": {name: model["shapes"][name] for name in sorted(reached(model, operations))},
        })
        try:
            pages = loader.load_service_model(service, "paginators-1")["pagination"]
            trimmed["pagination"] = {name: pages[name] for name in sorted(operations) if name in pages}
        except botocore.exceptions.UnknownServiceError:
            pass
        text = json.dumps(trimmed, separators=(",", ":"), sort_keys=True).encode()
        with open(os.path.join(out, f"{service}.json.gz"), "wb") as file:
            file.write(gzip.compress(text, 9, mtime=0))
        print(f"{service}: {len(operations)} operations, {len(trimmed['shapes'])} shapes")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else HERE)

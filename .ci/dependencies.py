#!/usr/bin/env python3
"""Checks licences, banned crates and duplicate versions of everything that Cargo.lock builds here.

Rules: `.ci/licences.txt` (allowed identifiers), `.ci/banned.txt` (crate, reason) and
`.ci/duplicates.txt` (crate, versions, reason). `--write-duplicates` prints the present list.
"""

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def rules(name):
    """Returns the lines of a rule file as (first words, reason after #)."""
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        rule, _, reason = line.partition("#")
        if rule.strip():
            yield rule.split(), reason.strip()


def metadata():
    host = next(
        line.split()[1]
        for line in subprocess.check_output(["rustc", "-vV"], text=True).splitlines()
        if line.startswith("host:")
    )
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", host]
    return json.loads(subprocess.check_output(command, cwd=HERE.parent))


def is_allowed(expression, allowed):
    """Decides an SPDX expression; `A/B` is the old way to write `A OR B`."""
    tokens = re.findall(r"\(|\)|[^\s()/]+|/", expression.replace(" WITH ", "~"))
    position = 0

    def alternatives():
        nonlocal position
        holds = conjunction()
        while position < len(tokens) and tokens[position].upper() in ("OR", "/"):
            position += 1
            other = conjunction()
            holds = holds or other
        return holds

    def conjunction():
        nonlocal position
        holds = term()
        while position < len(tokens) and tokens[position].upper() == "AND":
            position += 1
            other = term()
            holds = holds and other
        return holds

    def term():
        nonlocal position
        if position == len(tokens):
            return False
        token = tokens[position]
        position += 1
        if token == "(":
            holds = alternatives()
            position += 1
            return holds
        return token.replace("~", " WITH ") in allowed

    holds = alternatives()
    return holds and position >= len(tokens)


def by_number(version):
    return [int(part) for part in re.findall(r"\d+", version)]


def versions(packages):
    by_name = collections.defaultdict(list)
    for package in packages:
        by_name[package["name"]].append(package["version"])
    return {name: sorted(found, key=by_number) for name, found in sorted(by_name.items())}


def dependants(meta, packages):
    names = {package["id"]: package["name"] for package in packages}
    found = collections.defaultdict(set)
    for node in meta["resolve"]["nodes"]:
        for dependency in node["deps"]:
            found[dependency["pkg"]].add(names[node["id"]])
    return {(p["name"], p["version"]): sorted(found[p["id"]]) for p in packages}


def duplicates(packages):
    return {name: found for name, found in versions(packages).items() if len(found) > 1}


def problems(meta, packages):
    allowed = {" ".join(rule) for rule, _ in rules("licences.txt")}
    for package in packages:
        licence = package["license"]
        if package["source"] is None:
            continue
        if licence is None or not is_allowed(licence, allowed):
            yield f"{package['name']} {package['version']}: licence {licence or 'not stated'} is not allowed"
    banned = {rule[0]: reason for rule, reason in rules("banned.txt")}
    for package in packages:
        if package["name"] in banned:
            yield f"{package['name']} is banned: {banned[package['name']]}"
    known = {}
    for rule, reason in rules("duplicates.txt"):
        known[rule[0]] = sorted(rule[1:], key=by_number)
        if not reason:
            yield f"duplicates.txt: {rule[0]} has no reason"
    present = duplicates(packages)
    users = dependants(meta, packages)
    for name, found in present.items():
        if known.get(name) != found:
            who = "; ".join(f"{v} for {', '.join(users[name, v])}" for v in found)
            yield f"{name}: versions {', '.join(found)} ({who}), duplicates.txt has {known.get(name)}"
    for name in known.keys() - present.keys():
        yield f"duplicates.txt: {name} is no longer there twice, remove it"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write-duplicates", action="store_true", help="print the present duplicates")
    arguments = parser.parse_args()
    meta = metadata()
    used = {node["id"] for node in meta["resolve"]["nodes"]}
    packages = sorted(
        (package for package in meta["packages"] if package["id"] in used),
        key=lambda package: (package["name"], package["version"]),
    )
    if arguments.write_duplicates:
        users = dependants(meta, packages)
        for name, found in duplicates(packages).items():
            who = "; ".join(f"{', '.join(users[name, version][:3])}: {version}" for version in found[:-1])
            print(f"{name} {' '.join(found)}  # not yet moved: {who}")
        return 0
    found = sorted(problems(meta, packages))
    for problem in found:
        print(f"dependencies: {problem}", file=sys.stderr)
    print(f"dependencies: {len(packages)} crates, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

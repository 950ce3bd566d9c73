"""What text recognition changes in the findings: python recognition_findings.py TEXT.json PICTURES.json [...]

Each pair is two reports of `eia-screen screen FILE --rules PACKS --format json`, of a file with text and of
its image-only copy. Risk findings are compared by category, polarity and kind, once each per report.
"""
import collections
import json
import pathlib
import sys


def read(name):
    return json.loads(pathlib.Path(name).read_text(encoding="utf-8"))


def outcomes(report):
    return {(f["pack"], f["requirementId"]): f["presence"].removeprefix("PRESENCE_") for f in report.get("completeness", [])}


def risks(report):
    return {(f["category"], f.get("polarity"), f.get("kind")) for f in report.get("risks", [])}


total = collections.Counter()
for text, pictures in zip(sys.argv[1::2], sys.argv[2::2]):
    before, after = read(text), read(pictures)
    a, b = outcomes(before), outcomes(after)
    changed = [f"{key[1]} {a[key]} -> {b.get(key)}" for key in a if a[key] != b.get(key)]
    c, d = risks(before), risks(after)
    counts = {
        "requirements": len(a),
        "same outcome": len(a) - len(changed),
        "risk findings in the text": len(before.get("risks", [])),
        "in the pictures": len(after.get("risks", [])),
        "kinds of finding in either": len(c | d),
        "in both": len(c & d),
        "sections of the text": len(before["document"].get("sections", [])),
        "of the pictures": len(after["document"].get("sections", [])),
    }
    total.update(counts)
    print(before["name"], counts, *changed, sep="\n  ")
print("all", dict(total), sep="\n  ")

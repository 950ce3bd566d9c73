"""Submits a report, follows its screening, looks for precedents and records a verdict, over gRPC.

    pip install -r requirements.txt
    python client.py ../../../samples/report.md [--server HOST:PORT] [--packs uz-234-draft]
    EIA_SCREEN_TOKEN=eia_… python client.py REPORT --server HOST:PORT --ca ca.pem

The stubs are made from the published proto files when the program starts.
"""

import argparse
import hashlib
import os
import pathlib
import sys
import time
import uuid

import grpc

ROOT = pathlib.Path(__file__).resolve().parents[3]
PROTO = ROOT / "proto"
SERVICE_CONFIG = ROOT / "docs" / "service-config.json"  # times and repetitions of every method
CHUNK = 512 * 1024  # the server takes at most 1 MiB per message
MAX_ANSWER = 64 * 1024 * 1024  # reports of long documents pass the client's default of 4 MiB
TOKEN = "EIA_SCREEN_TOKEN"  # in the environment: arguments are seen by everybody on the machine

sys.path.insert(0, str(PROTO))  # where grpcio-tools looks for proto files
report_pb2, _ = grpc.protos_and_services("eia/screening/v1/report.proto")
screening_pb2, screening = grpc.protos_and_services("eia/screening/v1/screening_service.proto")
precedent_pb2, precedents = grpc.protos_and_services("eia/screening/v1/precedent_service.proto")
review_pb2, reviews = grpc.protos_and_services("eia/screening/v1/review_service.proto")
rule_pb2, rules = grpc.protos_and_services("eia/screening/v1/rule_service.proto")


def connect(server, authority):
    """Opens a channel, with TLS if the certificates of an authority are given, and then with the token."""
    options = [
        ("grpc.max_receive_message_length", MAX_ANSWER),
        ("grpc.service_config", SERVICE_CONFIG.read_text()),
    ]
    token = os.environ.get(TOKEN)
    if authority is None:
        if token:
            sys.exit(f"{TOKEN} is set: a token is sent over TLS alone, give --ca")
        return grpc.insecure_channel(server, options)
    credentials = grpc.ssl_channel_credentials(authority.read_bytes())
    if token:
        # Sends `authorization: Bearer …` with every call.
        proof = grpc.access_token_call_credentials(token)
        credentials = grpc.composite_channel_credentials(credentials, proof)
    return grpc.secure_channel(server, credentials, options)


def wait_until_ready(channel, seconds=60):
    """The server answers UNAVAILABLE until its model is loaded and verified."""
    stub = rules.RuleServiceStub(channel)
    deadline = time.monotonic() + seconds
    while True:
        try:
            return stub.ListRequirementSets(rule_pb2.ListRequirementSetsRequest(), timeout=5)
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.UNAVAILABLE or time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def submit(channel, path, packs, submitted):
    """Hands a file over; from the answer on the service is responsible for it, whatever happens to us."""
    content = path.read_bytes()
    # With a request id of its own a call that is repeated after a broken connection submits one file.
    header = screening_pb2.SubmissionHeader(
        options=screening_pb2.ScreeningOptions(
            document_name=path.name, packs=packs, submission_date=submitted
        ),
        request_id=str(uuid.uuid4()),
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        lane=screening_pb2.LANE_INTERACTIVE,
    )

    def messages():
        yield screening_pb2.SubmitDocumentRequest(header=header)
        for start in range(0, len(content), CHUNK):
            yield screening_pb2.SubmitDocumentRequest(chunk=content[start : start + CHUNK])

    return screening.ScreeningServiceStub(channel).SubmitDocument(messages())


def follow(channel, name):
    """Follows a screening to its end, again if the connection breaks; returns it with its report."""
    stub = screening.ScreeningServiceStub(channel)
    while True:
        try:
            for answer in stub.WatchScreening(screening_pb2.WatchScreeningRequest(name=name)):
                now = answer.screening
                state = screening_pb2.Screening.State.Name(now.state).removeprefix("STATE_").lower()
                if now.HasField("progress"):
                    stage = screening_pb2.ScreeningProgress.Stage.Name(now.progress.stage)
                    state += f", {stage.removeprefix('STAGE_').lower()} {now.progress.done}/{now.progress.total}"
                print(f"  {state}")
        except grpc.RpcError as error:
            if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
                raise
            time.sleep(1)
            continue
        if now.state == screening_pb2.Screening.STATE_SUCCEEDED:
            return now
        if now.state == screening_pb2.Screening.STATE_FAILED:
            sys.exit(f"{now.error.reason}: {now.error.message}")
        sys.exit("the screening was cancelled")


def show(report):
    gate = report.triage.gate
    print(f"gate: {report_pb2.Gate.Outcome.Name(gate.outcome)}, missing: {', '.join(gate.missing) or 'nothing'}")
    for finding in report.completeness:
        if finding.presence in (report_pb2.PRESENCE_MISSING, report_pb2.PRESENCE_WEAK):
            presence = report_pb2.Presence.Name(finding.presence).removeprefix("PRESENCE_")
            print(f"  {presence:<8} {finding.requirement_id} {finding.title}: {finding.reason}")
    print(f"{len(report.risks)} risk findings, {len(report.reuse)} passages as in another report")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--server", default="127.0.0.1:50051")
    parser.add_argument("--ca", type=pathlib.Path, help=f"authority (PEM); TLS, with the token in {TOKEN}")
    parser.add_argument("--packs", default="uz-234-draft", help="separated by commas")
    parser.add_argument("--submitted", default="", help="day of submission, YYYY-MM-DD; today if not given")
    parser.add_argument("--query", default="seepage from a tailings storage facility into groundwater")
    arguments = parser.parse_args()

    with connect(arguments.server, arguments.ca) as channel:
        sets = wait_until_ready(channel)
        print(f"the server knows {len(sets.requirement_sets)} requirement sets")

        taken = submit(channel, arguments.file, arguments.packs.split(","), arguments.submitted)
        print(f"{arguments.file.name} was taken over as {taken.name}")
        done = follow(channel, taken.name)
        show(done.report)

        request = precedent_pb2.SearchPrecedentsRequest(query=arguments.query, page_size=3)
        found = precedents.PrecedentServiceStub(channel).SearchPrecedents(request)
        print(f"precedents for \"{arguments.query}\":")
        for precedent in found.precedents:
            print(f"  {precedent.case_id}: {precedent.title} ({precedent.decision or 'no decision known'})")

        stub = reviews.ReviewServiceStub(channel)
        verdict = review_pb2.Verdict(
            finding=done.report.completeness[0].requirement_id,
            disposition=review_pb2.DISPOSITION_ACCEPTED,
            reviewer="example-client",
        )
        # With a request id of its own a call that is repeated after a broken connection records one verdict.
        request = review_pb2.RecordVerdictRequest(
            parent=done.name, verdict=verdict, request_id=str(uuid.uuid4())
        )
        print(f"recorded {stub.RecordVerdict(request).name}")
        listed = stub.ListVerdicts(review_pb2.ListVerdictsRequest(parent=done.name))
        for verdict in listed.verdicts:
            disposition = review_pb2.Disposition.Name(verdict.disposition)
            print(f"  {verdict.finding}: {disposition} by {verdict.reviewer}")


if __name__ == "__main__":
    try:
        main()
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")

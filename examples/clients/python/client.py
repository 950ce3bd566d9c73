"""Screens a report, looks for precedents and records a verdict, over gRPC.

    pip install -r requirements.txt
    python client.py ../../../samples/report.md [--server HOST:PORT] [--packs uz-234-draft]

The stubs are made from the published proto files when the program starts.
"""

import argparse
import pathlib
import sys
import time
import uuid

import grpc

PROTO = pathlib.Path(__file__).resolve().parents[3] / "proto"
CHUNK = 512 * 1024  # the server takes at most 1 MiB per message
MAX_ANSWER = 64 * 1024 * 1024  # reports of long documents pass the client's default of 4 MiB

sys.path.insert(0, str(PROTO))  # where grpcio-tools looks for proto files
report_pb2, _ = grpc.protos_and_services("eia/screening/v1/report.proto")
screening_pb2, screening = grpc.protos_and_services("eia/screening/v1/screening_service.proto")
precedent_pb2, precedents = grpc.protos_and_services("eia/screening/v1/precedent_service.proto")
review_pb2, reviews = grpc.protos_and_services("eia/screening/v1/review_service.proto")
rule_pb2, rules = grpc.protos_and_services("eia/screening/v1/rule_service.proto")


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


def screen(channel, path, packs, submitted):
    """Uploads a file and returns the stored screening; progress is printed on the way."""

    def messages():
        options = screening_pb2.ScreeningOptions(
            document_name=path.name, packs=packs, submission_date=submitted
        )
        yield screening_pb2.ScreenDocumentRequest(options=options)
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield screening_pb2.ScreenDocumentRequest(chunk=chunk)

    for answer in screening.ScreeningServiceStub(channel).ScreenDocument(messages(), timeout=600):
        if answer.WhichOneof("event") == "screening":
            return answer.screening
        progress = answer.progress
        stage = screening_pb2.ScreeningProgress.Stage.Name(progress.stage)
        print(f"  {stage.removeprefix('STAGE_').lower()} {progress.done}/{progress.total}")
    raise RuntimeError("the stream ended without a screening")


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
    parser.add_argument("--packs", default="uz-234-draft", help="separated by commas")
    parser.add_argument("--submitted", default="", help="day of submission, YYYY-MM-DD; today if not given")
    parser.add_argument("--query", default="seepage from a tailings storage facility into groundwater")
    arguments = parser.parse_args()

    options = [("grpc.max_receive_message_length", MAX_ANSWER)]
    with grpc.insecure_channel(arguments.server, options) as channel:
        sets = wait_until_ready(channel)
        print(f"the server knows {len(sets.requirement_sets)} requirement sets")

        print(f"screening {arguments.file.name}")
        done = screen(channel, arguments.file, arguments.packs.split(","), arguments.submitted)
        print(f"stored as {done.name}")
        show(done.report)

        request = precedent_pb2.SearchPrecedentsRequest(query=arguments.query, page_size=3)
        found = precedents.PrecedentServiceStub(channel).SearchPrecedents(request, timeout=30)
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
        print(f"recorded {stub.RecordVerdict(request, timeout=30).name}")
        listed = stub.ListVerdicts(review_pb2.ListVerdictsRequest(parent=done.name), timeout=30)
        for verdict in listed.verdicts:
            disposition = review_pb2.Disposition.Name(verdict.disposition)
            print(f"  {verdict.finding}: {disposition} by {verdict.reviewer}")


if __name__ == "__main__":
    try:
        main()
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")

// Submits a report, follows its screening, looks for precedents and records a verdict, over gRPC.
//
//     npm install
//     node client.mjs ../../../samples/report.md [HOST:PORT] [PACK,PACK]
//     EIA_SCREEN_TOKEN=eia_… node client.mjs REPORT HOST:PORT --ca ca.pem
//
// The stubs are made from the published proto files when the program starts.

import { randomUUID } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

const PROTO = fileURLToPath(new URL('../../../proto', import.meta.url));
const CHUNK = 512 * 1024; // the server takes at most 1 MiB per message
const MAX_ANSWER = 64 * 1024 * 1024; // reports of long documents pass the client's default of 4 MiB

const files = ['screening', 'precedent', 'review', 'rule'].map((name) => `eia/screening/v1/${name}_service.proto`);
const definition = protoLoader.loadSync(files, {
  includeDirs: [PROTO],
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
});
const { eia } = grpc.loadPackageDefinition(definition);
const v1 = eia.screening.v1;

const TOKEN = 'EIA_SCREEN_TOKEN'; // in the environment: arguments are seen by everybody on the machine

function usage(problem) {
  console.error(`${problem}\nusage: node client.mjs FILE [HOST:PORT] [PACK,PACK] [--ca FILE]`);
  process.exit(64);
}

function given() {
  try {
    return parseArgs({ allowPositionals: true, options: { ca: { type: 'string' } } });
  } catch (error) {
    return usage(error.message);
  }
}

/** TLS if the certificates of an authority are given, and then with the token; otherwise neither. */
function connection(ca) {
  const token = process.env[TOKEN];
  if (!ca) {
    if (token) usage(`${TOKEN} is set: a token is sent over TLS alone, give --ca`);
    return grpc.credentials.createInsecure();
  }
  const tls = grpc.credentials.createSsl(readFileSync(ca));
  if (!token) return tls;
  const proof = grpc.credentials.createFromMetadataGenerator((_, done) => {
    const metadata = new grpc.Metadata();
    metadata.set('authorization', `Bearer ${token}`);
    done(null, metadata);
  });
  return grpc.credentials.combineChannelCredentials(tls, proof);
}

const { values, positionals } = given();
const [path, server = '127.0.0.1:50051', packs = 'uz-234-draft'] = positionals;
if (!path) usage('which file?');
const credentials = connection(values.ca);
// Times and repetitions of every method.
const config = readFileSync(fileURLToPath(new URL('../../../docs/service-config.json', import.meta.url)), 'utf8');
const options = { 'grpc.max_receive_message_length': MAX_ANSWER, 'grpc.service_config': config };
const screenings = new v1.ScreeningService(server, credentials, options);
const precedents = new v1.PrecedentService(server, credentials, options);
const reviews = new v1.ReviewService(server, credentials, options);
const rules = new v1.RuleService(server, credentials, options);

/** Calls a unary method with a deadline. */
function call(client, method, request, seconds = 30) {
  const deadline = Date.now() + seconds * 1000;
  return new Promise((resolve, reject) => {
    client[method](request, { deadline }, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

/** The server answers UNAVAILABLE until its model is loaded and verified. */
async function waitUntilReady(seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await call(rules, 'listRequirementSets', {}, 5);
    } catch (error) {
      if (error.code !== grpc.status.UNAVAILABLE || Date.now() > end) throw error;
      await sleep(500);
    }
  }
}

/** Hands a file over; from the answer on the service is responsible for it, whatever happens to us. */
async function submit(file) {
  const { size } = await stat(file);
  return new Promise((resolve, reject) => {
    const stream = screenings.submitDocument((error, answer) => (error ? reject(error) : resolve(answer)));
    // With a request id of its own a call that is repeated after a broken connection submits one file.
    const header = {
      options: { documentName: basename(file), packs: packs.split(',') },
      requestId: randomUUID(),
      sizeBytes: size,
      lane: 'LANE_INTERACTIVE',
    };
    const upload = async () => {
      stream.write({ header });
      for await (const chunk of createReadStream(file, { highWaterMark: CHUNK })) {
        if (!stream.write({ chunk })) await new Promise((go) => stream.once('drain', go));
      }
      stream.end();
    };
    upload().catch(reject);
  });
}

/** Follows a screening until the stream ends; returns it as it was last. */
function watch(name) {
  return new Promise((resolve, reject) => {
    const stream = screenings.watchScreening({ name });
    let last;
    stream.on('data', ({ screening }) => {
      last = screening;
      const { stage, done, total } = screening.progress ?? {};
      const step = stage ? `, ${stage.replace('STAGE_', '').toLowerCase()} ${done}/${total}` : '';
      console.log(`  ${screening.state.replace('STATE_', '').toLowerCase()}${step}`);
    });
    stream.on('error', reject);
    stream.on('end', () => resolve(last));
  });
}

/** Follows a screening to its end, again if the connection breaks; returns it with its report. */
async function follow(name) {
  for (;;) {
    try {
      const end = await watch(name);
      if (end.state === 'STATE_SUCCEEDED') return end;
      throw new Error(end.error ? `${end.error.reason}: ${end.error.message}` : 'the screening was cancelled');
    } catch (error) {
      const { UNAVAILABLE, DEADLINE_EXCEEDED } = grpc.status;
      if (![UNAVAILABLE, DEADLINE_EXCEEDED].includes(error.code)) throw error;
      await sleep(1000);
    }
  }
}

function show(report) {
  const { outcome, missing } = report.triage.gate;
  console.log(`gate: ${outcome}, missing: ${missing.join(', ') || 'nothing'}`);
  for (const finding of report.completeness) {
    if (['PRESENCE_MISSING', 'PRESENCE_WEAK'].includes(finding.presence)) {
      const presence = finding.presence.replace('PRESENCE_', '').padEnd(8);
      console.log(`  ${presence} ${finding.requirementId} ${finding.title}: ${finding.reason}`);
    }
  }
  console.log(`${report.risks.length} risk findings, ${report.reuse.length} passages as in another report`);
}

try {
  const { requirementSets } = await waitUntilReady();
  console.log(`the server knows ${requirementSets.length} requirement sets`);

  const { name } = await submit(path);
  console.log(`${basename(path)} was taken over as ${name}`);
  const { report } = await follow(name);
  show(report);

  const query = 'seepage from a tailings storage facility into groundwater';
  const found = await call(precedents, 'searchPrecedents', { query, pageSize: 3 });
  console.log(`precedents for "${query}":`);
  for (const precedent of found.precedents) {
    console.log(`  ${precedent.caseId}: ${precedent.title} (${precedent.decision || 'no decision known'})`);
  }

  const verdict = {
    finding: report.completeness[0].requirementId,
    disposition: 'DISPOSITION_ACCEPTED',
    reviewer: 'example-client',
  };
  // With a request id of its own a call that is repeated after a broken connection records one verdict.
  const recorded = await call(reviews, 'recordVerdict', { parent: name, verdict, requestId: randomUUID() });
  console.log(`recorded ${recorded.name}`);
  const listed = await call(reviews, 'listVerdicts', { parent: name });
  for (const { finding, disposition, reviewer } of listed.verdicts) {
    console.log(`  ${finding}: ${disposition} by ${reviewer}`);
  }
} catch (error) {
  const code = typeof error.code === 'number' ? grpc.status[error.code] : undefined;
  console.error(code ? `${code}: ${error.details}` : error);
  process.exitCode = 1;
}

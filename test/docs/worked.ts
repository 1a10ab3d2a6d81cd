// Owns: the worked examples of SPEC §10: made by the code, compared with the page, and rewritten there by
// `node test/docs/worked.ts --write`.

import { Decoder, Tag } from 'cbor-x';
import { createHash, hkdfSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadEngine } from '../../bindings/engine.ts';
import { Recorder } from '../../bindings/log/recorder.ts';
import { redactRequest } from '../../bindings/log/redaction.ts';
import { Seed } from '../../bindings/log/seed.ts';
import { createKeys } from '../../bindings/log/writer-keys.ts';
import { encodeRequest, type Request, type Value } from '../../bindings/request.ts';
import { hostRuntime } from '../../bindings/runtime/index.ts';
import { compile } from '../../engine/compiler/index.ts';

const SPEC = new URL('../../SPEC.md', import.meta.url);
const SECTION = /(?<=\n)## 10\. Worked examples\n[\s\S]*?(?=\n## |$)/;

const TIME_MS = 1_700_000_000_000;
const ORIGIN = 'example.org/log-1';
const SIGNER = 'example.org/host-1';
const SEED = Uint8Array.from({ length: 32 }, (_, index) => index);
const AUTHORITY = Buffer.from('76be8b528d0075f7aae98d6fa57a6d3c83ae480a8469e668d7b0af968995ac71', 'hex');
const STATE = Buffer.from('ac00000100020003800480050006800780088009830000000a000b80', 'hex');
// In place of the engine, so that this page does not change with it.
const ENGINE = new TextEncoder().encode('engine');

const SCHEMA = `entity Agent, Doc;
action read appliesTo { principal: Agent, resource: Doc, context: { count: Long } };
`;
const POLICY = `@id("few")
permit (principal, action == Action::"read", resource) when { context.count < 3 };
`;
const REQUEST: Request = {
  principal: { type: 'Agent', id: 'a' },
  action: 'read',
  resource: { type: 'Doc', id: 'd' },
  context: { count: 2 },
};

const VALUES: [cedar: string, value: Value][] = [
  ['`true`', true],
  ['`-1`', -1],
  ['`9223372036854775807`', 9223372036854775807n],
  ['`"é"`', 'é'],
  ['`[3, 1, 1]`', [3, 1, 1]],
  ['`{"b": 1, "a": 2}`', { b: 1, a: 2 }],
  ['`Doc::"d"`', { __entity: { type: 'Doc', id: 'd' } }],
  ['`decimal("1.5")`', { __extn: { fn: 'decimal', arg: '1.5' } }],
  ['`datetime("2024-01-01")`', { __extn: { fn: 'datetime', arg: '2024-01-01' } }],
  ['`duration("1h")`', { __extn: { fn: 'duration', arg: '1h' } }],
  ['`ip("10.0.0.0/8")`', { __extn: { fn: 'ip', arg: '10.0.0.0/8' } }],
];

/** What the page shows. `rule` names the rule of docs/schema that the bytes follow. */
interface Example {
  title: string;
  rule?: string;
  /** The bytes are text. */
  text?: true;
  bytes: Uint8Array;
}

const runtime = await hostRuntime();

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function encoded(request: Request): Uint8Array {
  const bytes = encodeRequest(request, { authority: AUTHORITY, timeMs: TIME_MS });
  if (!(bytes instanceof Uint8Array)) throw new Error(bytes.message);
  return bytes;
}

/** The bytes of a value: what stands between the name `v` and key 4 of a request whose context is `{"v": value}`. */
export function valueExamples(): [cedar: string, bytes: Uint8Array][] {
  const [before, after] = ['03a16176', '045820'];
  return VALUES.map(([cedar, value]) => {
    const text = hex(encoded({ ...REQUEST, context: { v: value } }));
    return [
      cedar,
      Buffer.from(text.slice(text.indexOf(before) + before.length, text.indexOf(after + hex(AUTHORITY))), 'hex'),
    ];
  });
}

const HEADER_BYTES = 68;

/** The parts of a program, as its header gives their lengths. */
function programParts(program: Uint8Array): Uint8Array[] {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const parts = [program.subarray(0, HEADER_BYTES)];
  let start = HEADER_BYTES;
  for (let field = 8; field < 32; field += 4) {
    const end = start + ((view.getUint32(field, true) + 3) & ~3);
    parts.push(program.subarray(start, end));
    start = end;
  }
  return parts;
}

/** A record of each type that has not to do with deciding. */
function recordMore(recorder: Recorder): void {
  recorder.outcome({
    decision: 1,
    timeMs: TIME_MS,
    ending: { status: 0 },
    bytes: { in: 0, out: 5 },
    parts: { stdout: sha256(Buffer.from('Hello')) },
    noted: null,
    values: [sha256(Buffer.from('bob@example.org')).subarray(0, 16)],
    adapter: 'example',
  });
  const call = { by: 'guard', cause: 'protected', call: 'openat', object: '/keys', authority: AUTHORITY } as const;
  recorder.refusal({ ...call, count: 3, firstMs: TIME_MS, timeMs: TIME_MS }, 'example');
  recorder.adapter({ adapter: 'example', strength: 'kernel', losses: ['metadata'], timeMs: TIME_MS });
}

export async function examples(): Promise<Example[]> {
  const schema = { name: 'schema.cedarschema', text: SCHEMA };
  const compiled = compile({
    schema,
    policies: [{ name: 'policy.cedar', text: POLICY }],
    labels: [],
    authority: 'none',
  });
  if ('diagnostics' in compiled) throw new Error(JSON.stringify(compiled.diagnostics));
  const { program } = compiled.policy;

  const engine = loadEngine(readFileSync(new URL('../../engine/engine.wasm', import.meta.url)));
  const fault = engine.load(program) || engine.setState(STATE);
  if (fault !== 0) throw new Error(`the engine refuses the example: ${fault}`);
  const decided = (one: Request): { request: Uint8Array; decision: Uint8Array; state: Uint8Array } => {
    const request = encoded(one);
    engine.request.set(request);
    engine.decide(request.length);
    return { request, decision: engine.decision().slice(), state: engine.state().slice() };
  };
  const first = decided(REQUEST);
  const { request, decision, state } = first;

  const directory = mkdtempSync(join(tmpdir(), 'plumbline-worked-'));
  const log = join(directory, 'log');
  // The signing key's seed is the log's, to have one for both.
  const keys = createKeys(join(directory, 'keys'), new Seed(SEED), { ...runtime, random: () => SEED }, SIGNER);
  const place = { directory: log, durability: 'write', origin: ORIGIN, keys } as const;
  const sources = [schema.text, POLICY].map((text) => new TextEncoder().encode(text));
  const recorder = new Recorder(
    place,
    { engine: ENGINE, program, layers: [], sources, sensitive: [], state: STATE },
    TIME_MS,
    runtime,
  );
  const about = { malformed: false, adapter: 'example', timeMs: TIME_MS };
  recorder.decision({ ...first, ...about });
  recorder.decision({ ...decided({ ...REQUEST, resource: { type: 'Doc', id: 'e' } }), ...about });
  recordMore(recorder);
  await recorder.close('done', TIME_MS);
  await recorder.release();
  const records = recordsOf(readFileSync(join(log, '00000000.cborseq')));
  const checkpoint = readFileSync(join(log, 'checkpoint'));
  rmSync(directory, { recursive: true });

  const logSecret = hkdf(SEED, '', 'plumbline/1 host');
  const epochKey = hkdf(logSecret, ORIGIN, 'plumbline/1 epoch');
  const salts = [Buffer.alloc(16, 1), Buffer.alloc(16, 0)];
  const redacted = redactRequest(request, new Set(['count']), () => salts.shift()!)!;
  const parts = ['header', 'constants', 'lists', 'schema', 'labels', 'policies', 'code'];
  return [
    { title: 'request', rule: 'input', bytes: request },
    { title: 'decision', rule: 'output', bytes: decision },
    { title: 'state before', rule: 'state', bytes: STATE },
    { title: 'state after', rule: 'state', bytes: state },
    ...programParts(program).map((bytes, index) => ({ title: `program: ${parts[index]}`, bytes })),
    { title: 'H(0)', bytes: logSecret },
    { title: 'key id', bytes: hkdf(logSecret, '', 'plumbline/2 key id').subarray(0, 8) },
    { title: 'K(0)', bytes: epochKey },
    { title: 'mac(0)', bytes: hkdf(epochKey, '', 'plumbline/1 mac') },
    { title: 'H(1)', bytes: hkdf(logSecret, '', 'plumbline/1 next log') },
    { title: 'K(1)', bytes: hkdf(epochKey, '', 'plumbline/1 ratchet') },
    ...records.map((bytes, seq) => ({ title: `record ${seq}`, rule: 'log-record', bytes })),
    { title: 'request with `count` redacted', bytes: redacted.stored },
    { title: 'key 5 of its record', bytes: redacted.digest },
    { title: 'its disclosure', rule: 'disclosure', bytes: redacted.disclosure(1) },
    { title: 'leaf of record 0', bytes: sha256(Uint8Array.of(0), records[0]!) },
    { title: 'checkpoint', text: true, bytes: checkpoint },
  ];
}

/**
 * Records of a segment: each begins with d1 84, the protected header, and an empty map; its payload's length gives its
 * end.
 */
export function recordsOf(segment: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let start = 0; start < segment.length;) {
    const head = start + 2 + 1 + 7 + 1;
    const [size, length] =
      segment[head] === 0x59 ? [3, segment[head + 1]! * 256 + segment[head + 2]!] : [2, segment[head + 1]!];
    const end = head + size + length + 2 + 32;
    records.push(segment.subarray(start, end));
    start = end;
  }
  return records;
}

const hkdf = (secret: Uint8Array, salt: string, info: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, salt, info, 32));

const sha256 = (...parts: Uint8Array[]): Uint8Array =>
  parts.reduce((sum, part) => sum.update(part), createHash('sha256')).digest();

/** Diagnostic notation (RFC 8949 §8); byte strings of more than 16 bytes are cut short. */
function diagnostic(item: unknown): string {
  if (item instanceof Uint8Array) return item.length > 16 ? `h'${hex(item.subarray(0, 4))}…'` : `h'${hex(item)}'`;
  if (Array.isArray(item)) return `[${item.map(diagnostic).join(', ')}]`;
  if (!(item instanceof Map)) return typeof item === 'string' ? JSON.stringify(item) : String(item);
  return `{${[...item].map(([key, value]) => `${diagnostic(key)}: ${diagnostic(value)}`).join(', ')}}`;
}

/** What an example says: of a record, what its payload says. */
function meaning({ rule, bytes }: Example): string {
  if (rule === undefined) return '';
  const decoder = new Decoder({ mapsAsObjects: false });
  const item: unknown = decoder.decode(Buffer.from(bytes));
  return ` = ${item instanceof Tag ? `17([…, {}, ${diagnostic(decoder.decode(item.value[2]))}, …])` : diagnostic(item)}`;
}

const wrapped = ({ bytes, text }: Example): string =>
  text
    ? Buffer.from(bytes)
        .toString()
        .replace(/^(?=.)/gm, '  ')
    : hex(bytes).replace(/.{1,112}/g, '  $&\n');

/** The section as it should stand on the page. */
export async function section(): Promise<string> {
  return `## 10. Worked examples

Made and checked by \`test/docs\`.

| value | bytes |
|---|---|
${valueExamples()
  .map(([cedar, bytes]) => `| ${cedar} | \`${hex(bytes)}\` |\n`)
  .join('')}
Below, a schema, a policy (\`authority: none\`), and one request decided under it at ${TIME_MS} ms and recorded; then the same of \`Doc::"e"\`, recorded short, and a record of each kind that has not to do with deciding. The log has the origin \`${ORIGIN}\`, the seed
\`${hex(SEED)}\`, the number 0 and the durability \`write\`; its signer \`${SIGNER}\` has the same 32 bytes for a seed; were \`count\` sensitive, its salt 16 bytes 01 and salt0 16 bytes 00; in place of the engine stand the six bytes \`engine\`.
Long byte strings are cut short in the notation.

\`\`\`cedar
${SCHEMA}
${POLICY}\`\`\`

\`\`\`json
${JSON.stringify(REQUEST)}
\`\`\`

\`\`\`
${(await examples()).map((example) => `${example.title}${meaning(example)}\n${wrapped(example)}`).join('')}\`\`\`
`;
}

export const sectionOf = (page: string): string | undefined => SECTION.exec(page)?.[0];

if (process.argv[2] === '--write') {
  const page = readFileSync(SPEC, 'utf8');
  const text = await section();
  writeFileSync(SPEC, SECTION.test(page) ? page.replace(SECTION, () => text) : `${page.trimEnd()}\n\n${text}`);
}

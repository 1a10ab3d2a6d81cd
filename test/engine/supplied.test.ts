// Supplied attributes (SPEC §4) are the same at every level and in every form a policy can ask for them:
// `context.labels.contains(…)` is answered without making the set, `context` as a whole makes all of them.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CborWriter } from '../../bindings/cbor-writer.ts';
import { readDecision } from '../../bindings/decision.ts';
import { loadEngine } from '../../bindings/engine.ts';
import { writeRequest } from '../../bindings/request.ts';
import { programOf, sourcesOf } from '../compiler/sources.ts';
import { cbor } from './assembler.ts';

const engine = loadEngine(readFileSync(new URL('../../engine/engine.wasm', import.meta.url)));

const sha256 = (...parts: Uint8Array[]): Uint8Array => createHash('sha256').update(Buffer.concat(parts)).digest();

// Attaches the second of two labels, and the second of two clearances.
const LABELS = `
@id("a") @label("a") permit (principal, action == Action::"file.write", resource) unless { context.resolved };
@id("b") @label("b") permit (principal, action, resource);
@id("c") @clearance("c") permit (principal, action == Action::"file.write", resource) unless { context.resolved };
@id("d") @clearance("d") permit (principal, action, resource);`;
const PERMIT = 'permit (principal, action, resource);';

/** Whether a permit with this condition allows reading /srv/a/x.txt, as the program's or as a layer's policy. */
function holds(condition: string, level: 'program' | 'layer'): boolean {
  const conditional = `permit (principal, action == Action::"file.write", resource) when { ${condition} };`;
  const policies = level === 'program' ? conditional : PERMIT;
  expect(engine.load(programOf(sourcesOf({ policies, labels: LABELS })))).toBe(0);
  let authority = sha256(cbor('80'));
  if (level === 'layer') {
    const layer = programOf(sourcesOf({ policies: conditional }));
    expect(engine.pushLayer(layer)).toBe(0);
    authority = sha256(cbor('815820'), sha256(layer));
  }
  expect(engine.setState(cbor('ac0004010302010380048300070205060680078008800983041818060a050b80'))).toBe(0);
  const request = {
    principal: { type: 'Agent', id: 'a' },
    action: 'file.write',
    resource: { type: 'File', id: '/srv/a/x.txt' },
    context: { resolved: true },
  };
  const writer = new CborWriter(engine.request);
  expect(writeRequest(writer, request, { authority, timeMs: 1000 })).toBeUndefined();
  const packed = engine.decide(writer.position);
  const { verdict, code } = readDecision(engine.decision(), packed);
  expect(['permitted', 'no-permit']).toContain(code);
  return verdict === 'allow';
}

const WHOLE =
  'context.session == {requests: 3, blocked: 1, outside: 9, recent: 2, surprising: 5, tokens: 4, modelRequests: 24, spend: 6}';

// Each is true; the text after it, put in its place, makes it false.
const CONDITIONS: [string, string, string][] = [
  ['context.labels.contains("b")', '"b"', '"a"'],
  ['context.labels == ["b"]', '"b"', '"a"'],
  ['context.clearances.contains("d")', '"d"', '"c"'],
  ['context.clearances.containsAll(["d"])', '"d"', '"c"'],
  ['context.segments.contains("srv")', '"srv"', '"sr"'],
  ['context.segments == ["a", "srv", "x.txt"]', '"a", ', ''],
  ['context.name == "x.txt"', '"x.txt"', '"a"'],
  ['context.time == datetime("1970-01-01T00:00:01Z")', '01Z', '02Z'],
  [WHOLE, '3', '4'],
  [WHOLE, '9', '7'],
  ['context.session.outside == 9', '9', '7'],
  ['context.session.recent == 2', '2', '6'],
  ['context.session.requests == 3', '3', '1'],
  ['context.session.surprising == 5', '5', '0'],
  ['context.session.tokens == 4', '4', '24'],
  ['context.session.modelRequests == 24', '24', '6'],
  ['context.session.spend == 6', '6', '5'],
];

for (const level of ['program', 'layer'] as const) {
  for (const [condition, part, other] of CONDITIONS) {
    test(`${level}: ${condition}`, () => {
      expect(holds(condition, level)).toBe(true);
      expect(holds(condition.replace(part, other), level)).toBe(false);
      const whole = condition.replace('context.', '(if context.resolved then context else context).');
      expect(holds(whole, level)).toBe(true);
    });
  }
}

// Owns: whether the reference's `cedar` answers to generated sessions are Cedar's own.

import { Random } from './generate/random.ts';
import { sessionCase, stepBytes } from './generate/sessions.ts';
import { STRICT_SCHEMA } from './generate/strict-schema.ts';
import { decide, type Decision } from './reference/decide.ts';
import { INITIAL_STATE, outside, recentOutside, type State } from './reference/state.ts';
import { isCanonical, portOf, segmentsOf } from './reference/names.ts';
import { parsePolicy } from './reference/policy.ts';
import { readRequest, type Request } from './reference/request.ts';
import { type Value } from './reference/value.ts';
import { askAboutStrict } from './supplied-oracle.ts';

const DIGEST = new Uint8Array(32).fill(1);

/** The values of SPEC §4, told from what the decision says it was given. */
function suppliedTo({ labels, clearances }: Decision, { resource, time }: Request, before: State) {
  const supplied = new Map<string, Value>([
    ['labels', labels],
    ['clearances', clearances],
    [
      'session',
      new Map([
        ['requests', before.requests],
        ['blocked', before.blocked],
        ['outside', outside(before)],
        ['recent', recentOutside(before)],
        ['surprising', before.surprising],
        ['tokens', before.amounts[0]],
        ['modelRequests', before.amounts[1]],
        ['spend', before.amounts[2]],
      ]),
    ],
    ['time', { kind: 'datetime', ms: time }],
  ]);
  const kind = STRICT_SCHEMA.entityTypes.get(resource.type)?.derived;
  if (kind === undefined || !isCanonical(kind, resource.id)) return supplied;
  if (kind === 'endpoint') return supplied.set('port', BigInt(portOf(resource.id)));
  if (kind !== 'path') return supplied;
  const segments = segmentsOf(resource.id);
  return supplied.set('name', segments.at(-1) ?? '').set('segments', segments);
}

/**
 * Cedar has no answer to names it cannot read, to a store with a cycle or to an action below something else: those are
 * left out. Returns the first disagreement in `count` sessions as text, and the number of answers compared.
 */
export function compareCedarOfSessions(seed: number, count: number) {
  let answers = 0;
  for (let index = 0; index < count; index += 1) {
    const { labels, levels, authorityRequired, steps } = sessionCase(new Random(seed + index));
    const program = {
      schema: STRICT_SCHEMA,
      labels: labels.map((text, number) => parsePolicy(`label${number}`, text)),
      levels: [levels[0].map((text, number) => parsePolicy(`policy${number}`, text))] as [
        ReturnType<typeof parsePolicy>[],
      ],
      authorityRequired,
      digest: DIGEST,
      layersDigest: DIGEST,
    };
    let state = INITIAL_STATE;
    for (const step of steps) {
      const bytes = stepBytes(step, DIGEST);
      const before = state;
      const { decisions, state: after } = decide(program, state, bytes);
      state = after;
      for (const [number, decision] of decisions.entries()) {
        if (decision.cedar === null || step.mangle !== undefined) continue;
        const request = [readRequest(bytes)].flat()[number]!;
        if (request.entities.some(({ uid, parents }) => uid.type === 'Action' && parents.length > 0)) continue;
        const expected = askAboutStrict(levels[0], request, suppliedTo(decision, request, before));
        if (expected === undefined) continue;
        const { allow, reasons, errors } = decision.cedar;
        const actual = { allow, reasons: reasons.toSorted(), errors: errors.toSorted() };
        answers += 1;
        if (JSON.stringify(actual) === JSON.stringify(expected)) continue;
        const both = JSON.stringify({ cedar: expected, reference: actual });
        return {
          answers,
          disagreement: `session ${index} of seed ${seed}, ${step.fault}\n${levels[0].join('\n')}\n${both}`,
        };
      }
    }
  }
  return { answers, disagreement: undefined };
}

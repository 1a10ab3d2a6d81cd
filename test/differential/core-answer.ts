// Owns: the core as one more engine that answers Cedar cases: what its decisions say under `cedar`.

import { createHash } from 'node:crypto';
import { type Engine as Core } from '../../bindings/engine.ts';
import { type Engine } from './cedar-differential.ts';
import { type CedarAnswer } from './oracle.ts';
import { compileProgram, decideBytes, loadPrograms } from './core.ts';
import { type CedarRequest } from './generate/cedar-case.ts';
import { SCHEMA_TEXT } from './generate/schema.ts';
import { decode, encode, type MapItem } from './reference/cbor.ts';
import { type StoredEntity } from './reference/hierarchy.ts';
import { INITIAL_STATE, stateBytes } from './reference/state.ts';
import { requestItem } from './reference/request.ts';

/** SPEC §7. */
const NO_LAYERS = createHash('sha256').update(Uint8Array.of(0x80)).digest();
const CEDAR_KEY = 8n;

/** Cedar's answer in the decision of the core, in which a program without layers is loaded. */
export function cedarAnswerOf(core: Core, request: CedarRequest, entities: StoredEntity[]): CedarAnswer {
  const bytes = encode(requestItem({ ...request, authority: NO_LAYERS, time: 0n, entities }));
  const decision = decode(decideBytes(core, bytes).bytes) as MapItem;
  const cedar = decision.pairs.find(([key]) => key === CEDAR_KEY)![1] as [boolean, string[], string[]] | null;
  if (cedar === null) throw new Error(`not evaluated: ${Buffer.from(bytes).toString('hex')}`);
  const [allow, reasons, errors] = cedar;
  return { allow, reasons: reasons.toSorted(), errors: errors.toSorted() };
}

export const coreEngine =
  (core: Core): Engine =>
  ({ policies, store, requests }) => {
    const links = policies.flatMap(({ id: templateId, links: each = [] }) =>
      each.map(({ id: newId, values }) => ({ templateId, newId, values })),
    );
    const texts = policies.map(({ text }) => text);
    const program = compileProgram({
      schema: SCHEMA_TEXT,
      labels: [],
      policies: texts,
      links,
      authorityRequired: false,
    });
    loadPrograms(core, [program]);
    core.setState(stateBytes(INITIAL_STATE));
    return requests.map((request) => cedarAnswerOf(core, request, store));
  };

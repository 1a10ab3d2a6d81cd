// Owns: the core as one more engine that answers Cedar cases: what its decisions say under `cedar`.

import { createHash } from 'node:crypto';
import { type Engine as Core } from '../../bindings/engine.ts';
import { type Engine } from './cedar-differential.ts';
import { compileProgram, decideBytes, loadPrograms } from './core.ts';
import { SCHEMA_TEXT } from './generate/schema.ts';
import { decode, encode, type Item, type MapItem } from './reference/cbor.ts';
import { INITIAL_STATE, stateBytes } from './reference/state.ts';
import { requestItem } from './reference/request.ts';

/** SPEC §7. */
const NO_LAYERS = createHash('sha256').update(Uint8Array.of(0x80)).digest();
const CEDAR_KEY = 8n;

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
    return requests.map((request) => {
      const item = requestItem({ ...request, authority: NO_LAYERS, time: 0n, entities: store });
      const decision = decode(decideBytes(core, encode(item)).bytes) as MapItem;
      const cedar = decision.pairs.find(([key]) => key === CEDAR_KEY)![1] as [boolean, Item[], Item[]] | null;
      if (cedar === null) throw new Error(`not evaluated: ${Buffer.from(encode(item)).toString('hex')}`);
      const [allow, reasons, errors] = cedar;
      return { allow, reasons: (reasons as string[]).toSorted(), errors: (errors as string[]).toSorted() };
    });
  };

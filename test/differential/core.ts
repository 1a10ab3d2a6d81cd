// Owns: the core under test: compiling a case's policies, loading them, deciding.
// Trusts: compiler and host to be what users run. They are tested here along with the core.

import { readFileSync } from 'node:fs';
import { loadEngine, type Engine } from '../../bindings/engine.ts';
import {
  compileUnvalidated,
  type LayerSubject,
  type PolicySources,
  type TemplateLink,
} from '../../engine/compiler/index.ts';

export interface CoreSources {
  schema: string;
  labels: string[];
  policies: string[];
  links?: TemplateLink[];
  authorityRequired: boolean;
}

export const loadCore = (): Engine => loadEngine(readFileSync(new URL('../../engine/engine.wasm', import.meta.url)));

const source = (name: string, texts: string[]) => (texts.length === 0 ? [] : [{ name, text: texts.join('\n') }]);

/** The program's bytes. Throws with the compiler's messages. */
export function compileProgram(
  { schema, labels, policies, links = [], authorityRequired }: CoreSources,
  layer?: LayerSubject,
): Uint8Array {
  const sources: PolicySources = {
    schema: { name: 'schema', text: schema },
    policies: source('policies', policies),
    labels: source('labels', labels),
    links,
    authority: authorityRequired ? 'required' : 'none',
  };
  const compiled = compileUnvalidated(sources, layer);
  if ('policy' in compiled) return compiled.policy.program;
  throw new SyntaxError(
    compiled.diagnostics.map(({ message, line, column }) => `${line}:${column} ${message}`).join('\n'),
  );
}

/** Loads a program and its layers. Throws if the core refuses one. */
export function loadPrograms(core: Engine, [program, ...layers]: Uint8Array[]): void {
  const faults = [core.load(program!), ...layers.map((layer) => core.pushLayer(layer))];
  if (faults.some((fault) => fault !== 0)) throw new Error(`the core refused a program: ${faults.join()}`);
}

/** What `note` returned, with a copy of the state after it. */
export function noteBytes(core: Engine, event: Uint8Array) {
  const code = core.note(event);
  return { code, state: core.state().slice() };
}

/** `verdict | code << 8`, with copies of the decision and of the state after it. */
export function decideBytes(core: Engine, request: Uint8Array) {
  core.request.set(request);
  const packed = core.decide(request.length);
  return { packed, bytes: core.decision().slice(), state: core.state().slice() };
}

// Owns: whether the layers a log names are what their grants compile to (SPEC §11.5), which only whoever has the
// compiler can see.
// Trusts: nothing of the log: a layer counts if its grant, compiled here with the schema in the log, gives the very
// same bytes. That schema is the trusted program's, or the core refuses the layer.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { schemaOfProgram, type Schema } from '../../engine/compiler/index.ts';
import { BLOBS } from '../log/log-directory.ts';
import { readRecords, START, type HeaderView } from '../log/read-log.ts';
import type { Files } from '../runtime/runtime.ts';
import { readGrant } from './grant.ts';
import { compileLayer } from './layer.ts';

type Blob = (digest: string) => Buffer;

const SUBJECT_START = 32;
const SUBJECT_END = 64;

/**
 * Of the layers that a log's records name, those that are what their grants say: digest in hex → the grant, in words.
 */
export function recompiledLayers(directory: string, files: Files): Map<string, string> {
  const found = new Map<string, string>();
  const seen = new Set<string>();
  let schema: Schema | undefined;
  const blob: Blob = (digest) => files.readFileSync(join(directory, BLOBS, digest));
  for (const record of readRecords(directory, files, { ...START }, false)) {
    if (record.type !== 'header' && record.type !== 'grant') continue;
    if (record.type === 'header') schema ??= attempt(() => schemaOf(record, blob));
    for (const layer of record.layers) {
      if (schema === undefined || seen.has(layer)) continue;
      seen.add(layer);
      const said = recompiled(layer, schema, blob);
      if (said !== undefined) found.set(layer, said);
    }
  }
  return found;
}

/** What is absent, damaged or something else gives no layer, and is left to whoever replays to tell. */
function recompiled(layer: string, schema: Schema, blob: Blob): string | undefined {
  return attempt(() => {
    const token = blob(blob(layer).subarray(SUBJECT_START, SUBJECT_END).toString('hex')).toString();
    const read = readGrant(token);
    if ('refusal' in read) return undefined;
    const { program } = compileLayer(read.grant, schema);
    if (createHash('sha256').update(program).digest('hex') !== layer) return undefined;
    return `${read.grant.level}: ${read.grant.statement}`;
  });
}

/** The schema of the program that a header names; its text is the first source. */
function schemaOf({ program, sources }: HeaderView, blob: Blob): Schema {
  return schemaOfProgram(blob(program), { name: 'schema', text: blob(sources[0]!).toString() });
}

function attempt<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch {
    return undefined;
  }
}

// Owns: building engine/engine.wasm from engine/assembly, and the recorded digest. The bytes are the same on every
// machine, so a difference means changed sources or a changed compiler; `--record` records a change that is meant.
// Trusts: the pinned compiler. Excludes: what the module may contain (test/engine/gate.ts).

import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
export const WASM = join(FOLDER, 'engine.wasm');
export const DIGEST = join(FOLDER, 'engine.wasm.sha256');

// 32 MiB, as engine/assembly/numbers/limits.ts lays it out; the same as initial and maximum, so that memory never
// grows.
const PAGES = '512';

/** Compiles the core in the given folder (default: this one). Throws what the compiler printed if it refuses. */
export async function compileEngine(folder = FOLDER): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const options = '-O3 --noAssert --runtime stub --use abort= --outFile engine.wasm'.split(' ');
  const memory = ['--initialMemory', PAGES, '--maximumMemory', PAGES];
  const { error, stdout, stderr } = await asc.main(['assembly/index.ts', '--baseDir', folder, ...options, ...memory], {
    writeFile(_name, contents) {
      wasm = contents as Uint8Array;
    },
  });
  if (error || !wasm) throw new Error(`engine/assembly does not compile\n${stdout}${stderr}`, { cause: error });
  return wasm;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function main(record: boolean): Promise<void> {
  const wasm = await compileEngine();
  const built = sha256(wasm);
  if (record) await writeFile(DIGEST, `${built}  engine.wasm\n`);
  const recorded = (await readFile(DIGEST, 'utf8')).split(' ')[0];
  await writeFile(WASM, wasm);
  if (built === recorded) return;
  process.stderr.write(
    `engine-digest: engine.wasm is ${built}, recorded is ${recorded}\n` +
      'hint: if engine/assembly was changed on purpose, run `npm run build:engine -- --record` and commit the digest\n',
  );
  process.exitCode = 1;
}

if (import.meta.main) await main(process.argv.includes('--record'));

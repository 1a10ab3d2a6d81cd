// Owns: the build of verifier/sha256/sha256.wasm from verifier/sha256/assembly, compared with the recorded digest. The
// bytes are the same on every machine, so a difference means changed sources or a changed compiler. `--record` records
// a change on purpose.

import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const WASM = join(FOLDER, 'sha256.wasm');
const DIGEST = join(FOLDER, 'sha256.wasm.sha256');

// 1.5 MiB hold assembly/layout.ts; the same as initial and maximum, so that memory never grows.
const PAGES = '24';

/** The module's bytes. Throws what the compiler printed if it refuses. */
export async function compileSha256(): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const options = '-O3 --noAssert --runtime stub --use abort= --enable simd --outFile sha256.wasm'.split(' ');
  const memory = ['--initialMemory', PAGES, '--maximumMemory', PAGES];
  const { error, stdout, stderr } = await asc.main(['assembly/index.ts', '--baseDir', FOLDER, ...options, ...memory], {
    writeFile(_name, contents) {
      wasm = contents as Uint8Array;
    },
  });
  if (error || !wasm) throw new Error(`sha256/assembly does not compile\n${stdout}${stderr}`, { cause: error });
  return wasm;
}

async function main(record: boolean): Promise<void> {
  const wasm = await compileSha256();
  const built = createHash('sha256').update(wasm).digest('hex');
  if (record) await writeFile(DIGEST, `${built}  sha256.wasm\n`);
  const recorded = (await readFile(DIGEST, 'utf8')).split(' ')[0];
  await writeFile(WASM, wasm);
  if (built === recorded) return;
  process.stderr.write(
    `sha256-digest: sha256.wasm is ${built}, recorded is ${recorded}\n` +
      'hint: if sha256/assembly was changed on purpose, run `node verifier/sha256/build.ts --record` and commit the digest\n',
  );
  process.exitCode = 1;
}

if (import.meta.main) await main(process.argv.includes('--record'));

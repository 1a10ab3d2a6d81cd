// Logs that cost their reader as much as they can, made without any key: `node test/verifier/hostile.ts
// [dist/verifier/main.cjs]` verifies each in a process of its own and prints what that took. Each is the proper log of
// the vectors, its authentic records included, with something put in its place.
import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ENGINE, SEED, SEGMENT, SECOND, h, header, proper, sealed } from '../vectors/log/parts.ts';
import { LogWriter, Raw, encode, sha256 } from '../vectors/log/write.ts';

const GIB = 2 ** 30;
const MIB = 2 ** 20;
const MANY = 100_000;
const ENGINE_BLOB = `blobs/${sha256(ENGINE).toString('hex')}`;

/** A way to put something in the place of a file of the log in `directory`. */
type Put = (directory: string) => void;

const sparse =
  (name: string, bytes: number, start: Uint8Array = Buffer.of()): Put =>
  (directory) => {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    const file = openSync(join(directory, name), 'w');
    writeSync(file, start);
    ftruncateSync(file, bytes);
    closeSync(file);
  };
const written =
  (name: string, bytes: Uint8Array): Put =>
  (directory) => {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), bytes);
  };
const link =
  (name: string, to: string): Put =>
  (directory) => {
    rmSync(join(directory, name), { force: true, recursive: true });
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    symlinkSync(to, join(directory, name));
  };
const fifo =
  (name: string): Put =>
  (directory) => {
    rmSync(join(directory, name), { force: true, recursive: true });
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    execFileSync('mkfifo', [join(directory, name)]);
  };
const many =
  (nameOf: (i: number) => string, bytes: Uint8Array = Buffer.of()): Put =>
  (directory) => {
    mkdirSync(dirname(join(directory, nameOf(0))), { recursive: true });
    for (let i = 0; i < MANY; i++) writeFileSync(join(directory, nameOf(i)), bytes);
  };

/** A record by nobody's key. */
function forged(payload: Uint8Array, kid = 0): Buffer {
  const log = new LogWriter(Buffer.alloc(32), 'plumbline/vector');
  log.payload(payload, { kid, keyOf: 0 });
  return log.records[0]!;
}
const forgedHeader = (changes: Parameters<typeof header>[0]) => forged(encode([0, 0, 0, header(changes)]));
const kidOf = (epoch: string) => {
  const kid = Buffer.concat([Buffer.from('a2010504', 'hex'), encode(Buffer.from(`e${epoch}`))]);
  return Buffer.concat([
    Buffer.from('d184', 'hex'),
    encode(kid),
    Buffer.from('a0', 'hex'),
    encode(Buffer.of(0x80)),
    encode(Buffer.alloc(32)),
  ]);
};
const nested = forged(Buffer.concat([Buffer.from('84020000', 'hex'), Buffer.alloc(60_000, 0x81), Buffer.of(0)]));
const eight = (index: number) => String(index).padStart(8, '0');

/** Name → how the log is changed, and the exit code that is due. */
export const HOSTILE: Record<string, [exit: number, put: Put]> = {
  'log number 2^20': [6, written(SEGMENT, forgedHeader({ 14: 2 ** 20 }))],
  'log number 2^16, another key id': [
    // Its checkpoint is not of this header, which is graver.
    3,
    written(SEGMENT, Buffer.concat([forgedHeader({ 14: 2 ** 16 }), ...proper.slice(1)])),
  ],
  'an epoch of 2^32': [6, written(SEGMENT, Buffer.concat([h, kidOf('4294967296')]))],
  'an epoch of 2^64': [6, written(SEGMENT, Buffer.concat([h, kidOf('18446744073709551616')]))],
  'an epoch of 2^32 - 1 in the next segment': [3, written(SECOND, kidOf('4294967295'))],
  'as many epochs as a segment may end': [
    6,
    (directory) => {
      sparse(SEGMENT, 128 * MIB, h)(directory);
      written(SECOND, kidOf('65536'))(directory);
    },
  ],
  'nesting of 60,000': [3, written(SEGMENT, Buffer.concat([h, nested]))],
  'a header nested 60,000 deep': [6, written(SEGMENT, nested)],
  'a header of 2^32 layers': [6, written(SEGMENT, forgedHeader({ 12: new Raw('9affffffff') }))],
  'a segment of 3 GiB': [6, sparse(SEGMENT, 3 * GIB, h)],
  'a segment of 128 MiB of zeros': [6, sparse(SEGMENT, 128 * MIB, h)],
  'another segment of 3 GiB': [6, sparse(SECOND, 3 * GIB)],
  'a blob of 3 GiB': [3, sparse(ENGINE_BLOB, 3 * GIB)],
  'a blob that nothing names of 3 GiB': [0, sparse(`blobs/${'0'.repeat(64)}`, 3 * GIB)],
  'a checkpoint of 3 GiB': [6, sparse('checkpoint', 3 * GIB)],
  'a checkpoint published of 3 GiB': [6, sparse('published', 3 * GIB)],
  'disclosures of 3 GiB': [6, sparse(`disclosures/${SEGMENT}`, 3 * GIB)],
  'a disclosure of 2^32 items': [6, sparse(`disclosures/${SEGMENT}`, GIB, Buffer.from('9affffffff', 'hex'))],
  'a disclosure nested without end': [6, written(`disclosures/${SEGMENT}`, Buffer.alloc(MIB, 0x81))],
  'a tile of 3 GiB': [3, sparse('tile/0/000.p/4', 3 * GIB)],
  'a tile that no tree has of 3 GiB': [3, sparse('tile/0/000', 3 * GIB)],
  'a segment that is /dev/zero': [6, link(SEGMENT, '/dev/zero')],
  'a checkpoint that is /dev/zero': [1, link('checkpoint', '/dev/zero')],
  'a blob that is /dev/zero': [1, link(ENGINE_BLOB, '/dev/zero')],
  'disclosures that are /dev/zero': [1, link(`disclosures/${SEGMENT}`, '/dev/zero')],
  'a tile that is /dev/zero': [1, link('tile/0/000.p/4', '/dev/zero')],
  'blobs that are all files': [1, link('blobs', '/')],
  'tiles that are all files': [1, link('tile', '/')],
  'a segment that is a pipe': [6, fifo(SEGMENT)],
  'a checkpoint that is a pipe': [1, fifo('checkpoint')],
  'a blob that is a pipe': [1, fifo(ENGINE_BLOB)],
  'disclosures that are a pipe': [1, fifo(`disclosures/${SEGMENT}`)],
  [`${MANY} blobs`]: [0, many((i) => `blobs/${i.toString(16).padStart(64, '0')}`)],
  [`${MANY} segments`]: [3, many((i) => `${eight(i + 1)}.cborseq`)],
  [`${MANY} segments of a forged record`]: [3, many((i) => `${eight(i + 1)}.cborseq`, kidOf('0'))],
  [`${MANY} tiles`]: [0, many((i) => `tile/0/${eight(i)}`)],
  [`${MANY} files of disclosures`]: [3, many((i) => `disclosures/${eight(i + 1)}.cborseq`)],
};

/** Runs `use` on a directory with that log. */
export async function withHostile<T>(put: Put, use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'plumb-hostile-'));
  try {
    for (const [name, hex] of Object.entries(sealed(proper))) written(name, Buffer.from(hex, 'hex'))(directory);
    put(directory);
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export interface Cost {
  exit: number;
  cpuS: number;
  memoryMib: number;
}

const COUNTER = `if (require('node:worker_threads').isMainThread) process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  require('node:fs').writeSync(3, JSON.stringify([maxRSS / 1024, (userCPUTime + systemCPUTime) / 1e6]));
});`;

/** What a process takes that runs Node with these arguments. */
export function costOf(args: string[]): Promise<Cost> {
  return new Promise((resolve) => {
    const counter = join(mkdtempSync(join(tmpdir(), 'plumb-cost-')), 'counter.cjs');
    writeFileSync(counter, COUNTER);
    const env = { ...process.env, PLUMB_SEED: `plumbline-seed-1 ${SEED.toString('hex')}` };
    const child = spawn(process.execPath, ['--require', counter, ...args], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      env,
    });
    let told = '';
    child.stdio[3]!.on('data', (data: Buffer) => (told += data.toString()));
    child.on('close', (exit) => {
      rmSync(dirname(counter), { recursive: true });
      const [memoryMib, cpuS] = JSON.parse(told) as [number, number];
      resolve({ exit: exit!, cpuS, memoryMib });
    });
  });
}

const MAIN = fileURLToPath(new URL('../../verifier/main.ts', import.meta.url));
/** `main`: a plumb-verify as built, in place of the sources. */
export const verifying = (directory: string, main = MAIN): string[] => [main, directory, '--key', 'env:PLUMB_SEED'];

if (import.meta.main) {
  const row = (name: string, { exit, cpuS, memoryMib }: Cost) =>
    console.log(
      `${name.padEnd(46)} exit ${exit}  ${cpuS.toFixed(2).padStart(6)} s CPU ${memoryMib.toFixed(0).padStart(5)} MiB`,
    );
  row('node -e 0', await costOf(['-e', '0']));
  row('node with a thread', await costOf(['-e', 'new (require("node:worker_threads").Worker)("0", {eval: true})']));
  row(
    'the log as it was',
    await withHostile(
      () => {},
      (directory) => costOf(verifying(directory, process.argv[2])),
    ),
  );
  for (const [name, [, put]] of Object.entries(HOSTILE)) {
    row(name, await withHostile(put, (directory) => costOf(verifying(directory, process.argv[2]))));
  }
}

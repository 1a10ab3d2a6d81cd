// Owns: the command `npm run bench:log`: what recording takes, beside writing the same bytes bare.

import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers';
import { parseArgs } from 'node:util';
import { createSeed } from '../../bindings/log/seed.ts';
import { DURABILITIES, Recorder, type Durability } from '../../bindings/log/recorder.ts';
import { createKeys } from '../../bindings/log/writer-keys.ts';
import { encodeRequest } from '../../bindings/request.ts';
import { hostRuntime } from '../../bindings/runtime/index.ts';

const HELP = `npm run bench:log -- [--seconds N] [--directory DIR]

Records a second, and how long each writer waits, with 64 writers that each ask again as soon as they are answered: encode the
request, MAC and chain the record, grow the tree, with checkpoints, tiles, epochs and segments as they fall due. Deciding is not
part of it. Beside each durability, in the same run: the same number of bytes written and synced in the same way, bare.

  --seconds N      how long each measurement takes, by default 3
  --directory DIR  where, by default the directory of temporary files; a disk, not memory

Example: npm run bench:log -- --seconds 10`;

const WRITERS = 64;

interface Figure {
  records: number;
  seconds: number;
  bytes: number;
  /** Milliseconds, ascending. */
  waits: number[];
}

const runtime = await hostRuntime();
const request = (turn: number) => ({
  principal: { type: 'Agent', id: 'builder' },
  action: 'file.read',
  resource: { type: 'File', id: `/work/project/src/module-${turn % 97}/file-${turn % 1009}.ts` },
  context: { resolved: true },
});
const authority = new Uint8Array(32);
// The usual decision: one policy, both answers. Its version grows with each.
const decision = Buffer.from(
  `ad0000010002f603800481636665770580068007800883f5816366657780095820${'11'.repeat(32)}0a5820${'22'.repeat(32)}0b1a000100000cf6`,
  'hex',
);
const VERSION_AT = decision.length - 6;
const state = new Uint8Array(9);

/** Runs `record` in `WRITERS` loops for `seconds`; it resolves to the number of bytes written. */
async function measure(seconds: number, record: () => number | Promise<number>): Promise<Figure> {
  const waits: number[] = [];
  let bytes = 0;
  const start = performance.now();
  const end = start + seconds * 1000;
  const writer = async (): Promise<void> => {
    for (;;) {
      const asked = performance.now();
      if (asked >= end) return;
      const answer = record();
      bytes += typeof answer === 'number' ? answer : await answer;
      waits.push(performance.now() - asked);
      // Where nothing waits for the disk, the others are to have their turn, and timers too.
      if (typeof answer === 'number' && waits.length % 256 === 0)
        await new Promise<void>((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  const elapsed = (performance.now() - start) / 1000;
  return { records: waits.length, seconds: elapsed, bytes, waits: waits.toSorted((a, b) => a - b) };
}

async function measureLog(parent: string, durability: Durability, seconds: number): Promise<Figure> {
  const keys = createKeys(join(parent, `keys-${durability}`), createSeed(runtime), runtime);
  const directory = join(parent, `log-${durability}`);
  const subject = { engine: state, program: decision, layers: [], sources: [], sensitive: [], state };
  const place = { directory, durability, origin: `bench/${durability}`, keys };
  const recorder = new Recorder(place, subject, runtime.now(), runtime);
  let turn = 0;
  const figure = await measure(seconds, () => {
    decision.writeUInt32BE(2 ** 16 + turn++, VERSION_AT);
    const timeMs = runtime.now();
    const encoded = encodeRequest(request(turn), { authority, timeMs }) as Uint8Array;
    const entry = { request: encoded, malformed: false, decision, adapter: 'bench', timeMs, state };
    const { durable } = recorder.decision(entry);
    return durable === undefined ? 0 : durable.then(() => 0);
  });
  await recorder.close('done', runtime.now());
  await recorder.release();
  const segments = readdirSync(directory).filter((name) => name.endsWith('.cborseq'));
  const bytes = segments.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  rmSync(directory, { recursive: true });
  return { ...figure, bytes };
}

/** Writes as many bytes as a record has, and waits for the disk as the durability asks. */
async function measureBare(parent: string, durability: Durability, bytes: number, seconds: number): Promise<Figure> {
  const file = join(parent, `bare-${durability}`);
  const fd = openSync(file, 'ax');
  const record = Buffer.alloc(bytes, 0x5a);
  let waiting: (() => void)[] = [];
  let syncing = false;
  const sync = (): void => {
    const group = waiting;
    waiting = [];
    if (group.length === 0) return void (syncing = false);
    writeSync(fd, Buffer.alloc(bytes * group.length, record));
    fdatasync(fd, () => {
      for (const answer of group) answer();
      setImmediate(sync);
    });
  };
  const figure = await measure(seconds, () => {
    if (durability !== 'group') {
      writeSync(fd, record);
      if (durability === 'fsync') fdatasyncSync(fd);
      return bytes;
    }
    return new Promise<number>((resolve) => {
      waiting.push(() => resolve(bytes));
      if (syncing) return;
      syncing = true;
      setImmediate(sync);
    });
  });
  closeSync(fd);
  // Pages that were not synced must not go to the disk while the next candidate is measured: it would wait for them.
  rmSync(file);
  return figure;
}

const rate = ({ records, seconds }: Figure): number => records / seconds;
const quantile = ({ waits }: Figure, share: number): string =>
  waits[Math.floor(waits.length * share)]!.toFixed(3).padStart(8);

const row = (name: string, figure: Figure): string =>
  `${name.padEnd(12)} ${Math.round(rate(figure)).toString().padStart(9)} ${quantile(figure, 0.5)} ${quantile(figure, 0.99)} ${quantile(figure, 0.999)}`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    directory: { type: 'string', default: tmpdir() },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit();
}
const seconds = Number(values.seconds);
if (!(seconds > 0)) throw new RangeError('--seconds takes a number above 0');
const parent = mkdtempSync(join(values.directory, 'plumbline-bench-'));
try {
  const [cpu] = cpus();
  console.log(
    `${cpu?.model ?? 'unknown machine'}, ${cpus().length} cores, ${process.version}, ${WRITERS} writers, ${seconds} s each\n`,
  );
  console.log(`${''.padEnd(12)} records/s   p50 ms   p99 ms p99.9 ms`);
  for (const durability of DURABILITIES) {
    // Compiled and warm before it counts.
    await measureLog(mkdtempSync(join(parent, 'warm-')), durability, Math.min(1, seconds));
    const log = await measureLog(parent, durability, seconds);
    const size = Math.round(log.bytes / log.records);
    const bare = await measureBare(parent, durability, size, seconds);
    console.log(row(durability, log));
    console.log(
      `${row('  bare', bare)}   ${size} bytes each; the log reaches ${((100 * rate(log)) / rate(bare)).toFixed(0)} %`,
    );
  }
  console.log(`\npeak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
} finally {
  rmSync(parent, { recursive: true });
}

// How many epochs may end in a segment, and that no more keys are computed for the next one: SPEC §9.10.
import { expect, test } from 'vitest';
import { Chain } from '../../verifier/log/chain.ts';
import { plan } from '../../verifier/log/plan.ts';
import { frameRecord } from '../../verifier/record/frame.ts';
import type { Frame } from '../../verifier/record/frame.ts';
import { SEGMENT_EPOCHS_MAX } from '../../verifier/record/limits.ts';
import { PayloadReader } from '../../verifier/record/payload.ts';
import type { Body, Payload } from '../../verifier/record/payload.ts';
import { SECOND, SEED, SEGMENT, STATES, TIME_MS, h } from '../vectors/log/parts.ts';
import { LogWriter, sha256 } from '../vectors/log/write.ts';
import { inMemory } from './log-directory.ts';

const NOTHING = new Uint8Array();

test(`${SEGMENT_EPOCHS_MAX} epochs may end in a segment, and no more`, () => {
  const { payload, tag } = frameRecord(h, 0, h.length) as Frame;
  const first = new PayloadReader(h).read(payload, tag - 2) as Payload;
  if (first.body.type !== 'header') throw new Error('no header');
  const end: Body = { type: 'epoch end', stateDigest: sha256(STATES[0]!), timeMs: TIME_MS };
  const snapshot: Body = { type: 'snapshot', state: first.body.state, timeMs: TIME_MS };
  const chain = new Chain(0, NOTHING);
  expect(chain.place(0, first, h)).toBeUndefined();
  let seq = 1;
  const place = (epoch: number, body: Body) => chain.place(epoch, { seq: seq++, epoch, body }, h);
  const wrong = Array.from(
    { length: SEGMENT_EPOCHS_MAX },
    (_, epoch) => place(epoch, end) ?? place(epoch + 1, snapshot),
  );
  expect(wrong.find((one) => one !== undefined)).toBeUndefined();
  expect(place(SEGMENT_EPOCHS_MAX, end)).toEqual(['at most 65536 epochs that end in a segment', 'one more']);
});

test.each([
  [SEGMENT_EPOCHS_MAX, SEGMENT_EPOCHS_MAX],
  [SEGMENT_EPOCHS_MAX + 1, 0],
])('behind a long segment, a record of epoch %i has the key of epoch %i', async (kid, epoch) => {
  const log = new LogWriter(SEED, 'plumbline/forged');
  log.payload(Buffer.of(0x80), { kid, keyOf: 0 });
  const files = inMemory({ [SEGMENT]: h, [SECOND]: log.records[0]! });
  const long = {
    ...files,
    ends: async (name: string, head: number, tail: number) => {
      const ends = await files.ends(name, head, tail);
      return name === SEGMENT ? { ...ends, bytes: 2 ** 27 } : ends;
    },
  };
  const { tasks } = await plan(long, SEED, []);
  expect(tasks.map((task) => task.epochKey?.epoch)).toEqual([0, epoch]);
});

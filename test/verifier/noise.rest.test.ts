// Records of noise that have the right key. Noise without it is in tamper.test.ts.
import { expect, test } from 'vitest';
import { EXIT_CODES } from '../../verifier/index.ts';
import { LOG_NUMBER, ORIGIN, SEED, c, d1, h } from '../vectors/log/parts.ts';
import { LogWriter } from '../vectors/log/write.ts';
import { generator } from './generator.ts';
import { RECORDS } from './sample-log.ts';
import { payloadOf, verifySegment } from './segment.ts';

const seed = 7;
test(`payloads of noise under the right key never break the verifier (seed ${seed})`, async () => {
  const random = generator(seed);
  const types = [h, d1, c].map(payloadOf);
  const sample = RECORDS.map(payloadOf);
  for (let round = 0; round < 4_000; round++) {
    const payload = [...types, ...sample][random(types.length + sample.length)]!;
    const bytes = Buffer.from(payload);
    for (let i = 0; i <= random(3); i++) bytes[random(bytes.length)] = random(256);
    const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
    log.payload(payloadOf(h));
    log.payload(round % 2 === 0 ? bytes : bytes.subarray(0, random(bytes.length)));
    expect(Object.keys(EXIT_CODES)).toContain((await verifySegment(Buffer.concat(log.records))).status);
  }
});

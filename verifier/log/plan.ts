// What is to be verified: a log's segments in order, and for each the little that has to be known before it is read: the tag before it,
// and the key of the epoch it begins in. SPEC §9.
import type { Finding } from '../record/finding.ts';
import { malformed, tampered } from '../record/finding.ts';
import { RECORD_BYTES_MIN, TAG_BYTES, frameRecord } from '../record/frame.ts';
import { firstEpochKey, nextEpochKey } from './keys.ts';
import type { LogFiles, SegmentFile } from '../log-files.ts';
import { PayloadReader } from '../record/payload.ts';
import { segmentName } from './segment.ts';
import type { SegmentTask } from './segment.ts';

// A whole first record; of later segments only the frame's start is wanted, and comes along.
const HEAD_BYTES = 1 << 16;

export interface Plan {
  tasks: SegmentTask[];
  /** What is wrong with what comes after them. */
  after: Finding | undefined;
}

/** `seed`: if tags are to be checked. `stops`: sizes of the tree at which its root is wanted, ascending. */
export async function plan(files: LogFiles, seed: Uint8Array | undefined, stops: number[]): Promise<Plan> {
  const listed = await files.segments();
  const wrong = listed.findIndex((file, index) => misnamed(file, index));
  const segments = wrong < 0 ? listed : listed.slice(0, wrong);
  const after = wrong < 0 ? undefined : misnamed(listed[wrong]!, wrong);
  const hasTiles = (await files.names('tile')).length > 0;
  const disclosures = new Set(await files.names('disclosures'));
  const tasks: SegmentTask[] = [];
  let previous: Uint8Array = new Uint8Array();
  let epochKey: SegmentTask['epochKey'];
  let bytesBefore = 0;
  for (const [index, { name }] of segments.entries()) {
    const { bytes, head, tail } = await files.ends(name, HEAD_BYTES, TAG_BYTES);
    if (seed) epochKey = index === 0 ? firstKey(seed, head) : laterKey(epochKey, head, bytesBefore);
    tasks.push({
      index,
      isLast: index === listed.length - 1,
      previous,
      keyed: seed !== undefined,
      epochKey,
      stops,
      hasTiles,
      hasDisclosures: disclosures.has(name),
    });
    // Without its header there is no key for the rest, and with such a header nothing of the rest counts.
    if (seed && !epochKey) break;
    previous = tail;
    bytesBefore = bytes;
  }
  return { tasks, after };
}

function misnamed({ name, isFile }: SegmentFile, index: number): Finding | undefined {
  const at = (expected: string, found: string) => ({ ...malformed({ offset: 0, expected, found }), file: name });
  if (!/^\d{8}\.cborseq$/.test(name)) return at('a segment name of 8 digits', JSON.stringify(name));
  if (!isFile) return at('a regular file', 'something else');
  const wanted = segmentName(index);
  return name === wanted ? undefined : { ...tampered(0, `segment ${wanted} first`, name), file: name };
}

// Of a log whose first record can be read: its origin and log number give the key.
function firstKey(seed: Uint8Array, head: Uint8Array): SegmentTask['epochKey'] {
  const frame = frameRecord(head, 0, head.length);
  if (frame === 'incomplete' || 'expected' in frame) return undefined;
  const read = new PayloadReader(head).read(frame.payload, frame.tag - 2);
  if ('expected' in read || read.body.type !== 'header') return undefined;
  return { epoch: 0, key: firstEpochKey(seed, read.body.logNumber, read.body.origin) };
}

// An epoch is at least two records long, so a segment cannot end more of them than it has room for.
function laterKey(before: SegmentTask['epochKey'], head: Uint8Array, bytesBefore: number): SegmentTask['epochKey'] {
  const frame = frameRecord(head, 0, head.length);
  if (!before || frame === 'incomplete' || 'expected' in frame) return before;
  const { epoch, key } = before;
  const epochs = frame.epoch - epoch;
  if (epochs < 0 || epochs > bytesBefore / RECORD_BYTES_MIN) return before;
  let next = key;
  for (let i = 0; i < epochs; i++) next = nextEpochKey(next);
  return { epoch: frame.epoch, key: next };
}

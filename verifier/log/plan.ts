// Owns: the list of a log's segments, and for each what its check needs from before the segment: the tag before it, and
// the key of the epoch that it begins in. SPEC §9.
// Excludes: everything else in the segments (segment.ts).
import type { Finding } from '../record/finding.ts';
import { malformed, tampered } from '../record/finding.ts';
import { RECORD_BYTES_MIN, TAG_BYTES, frameRecord } from '../record/frame.ts';
import { firstEpochKey, nextEpochKey } from './keys.ts';
import type { LogFiles, SegmentFile } from '../log-files.ts';
import { PayloadReader } from '../record/payload.ts';
import { segmentName } from './segment.ts';
import type { SegmentTask } from './segment.ts';

// Room for a whole record. Of the first segment the header is read, of later ones only the frame of the first record.
const HEAD_BYTES = 1 << 16;

export interface Plan {
  tasks: SegmentTask[];
  /** The fault of the first file that is not a segment of `tasks`. */
  after: Finding | undefined;
}

/** `seed`: given if tags are checked. `stops`: sizes of the tree at which its root is asked for, ascending. */
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
    // Without a readable header there is no key for the rest, and the header's fault is the first finding anyway.
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

// The origin and log number of the first record give the key, if that record can be read.
function firstKey(seed: Uint8Array, head: Uint8Array): SegmentTask['epochKey'] {
  const frame = frameRecord(head, 0, head.length);
  if (frame === 'incomplete' || 'expected' in frame) return undefined;
  const read = new PayloadReader(head).read(frame.payload, frame.tag - 2);
  if ('expected' in read || read.body.type !== 'header') return undefined;
  return { epoch: 0, key: firstEpochKey(seed, read.body.logNumber, read.body.origin) };
}

// An epoch is at least two records long, which bounds how many epochs the segment before can have ended.
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

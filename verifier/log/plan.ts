// Owns: the list of a log's segments, and for each what its check needs from before the segment: the tag before it, and
// the key of the epoch that it begins in. SPEC §9.
// Excludes: everything else in the segments (segment.ts).
import { same, toHex } from '../record/bytes.ts';
import type { Finding } from '../record/finding.ts';
import { malformed, tampered } from '../record/finding.ts';
import { TAG_BYTES, TAG_HEAD_BYTES, frameRecord } from '../record/frame.ts';
import type { Frame } from '../record/frame.ts';
import { PROGRAM_BYTES_MAX, SEGMENT_BYTES_MAX, SEGMENT_EPOCHS_MAX } from '../record/limits.ts';
import { firstEpochKey, keyId, logKey, nextEpochKey } from './keys.ts';
import { readCbor } from '../record/cbor.ts';
import { OperatingError } from '../operating-error.ts';
import type { LogFiles } from '../log-files.ts';
import { PayloadReader } from '../record/payload.ts';
import type { Header } from '../record/payload.ts';
import { segmentName } from './segment.ts';
import { isTagged } from './tag.ts';
import { sensitiveNames } from './sensitive.ts';
import { sha256 } from '../sha256/native.ts';
import type { SegmentTask } from './segment.ts';

// Room for a whole record. Of the first segment the header is read, of later ones only the frame of the first record.
const HEAD_BYTES = 1 << 16;
// The shortest snapshot and the shortest epoch end, which every epoch has that ends.
const EPOCH_BYTES_MIN = 144;

type EpochKey = NonNullable<SegmentTask['epochKey']>;

export interface Plan {
  tasks: SegmentTask[];
  /** The fault of the first file that is not a segment of `tasks`. */
  after: Finding | undefined;
  /** That the seed given is not the log's. Its tags are not checked then. */
  otherKey: Finding | undefined;
}

/** `seed`: given if tags are checked. `stops`: sizes of the tree at which its root is asked for, ascending. */
export async function plan(files: LogFiles, seed: Uint8Array | undefined, stops: number[]): Promise<Plan> {
  const listed = await files.segments();
  let after: Finding | undefined;
  const hasTiles = (await files.names('tile')).length > 0;
  const disclosures = new Set(await files.names('disclosures'));
  const tasks: SegmentTask[] = [];
  let previous: Uint8Array = new Uint8Array();
  let epochKey: SegmentTask['epochKey'];
  let otherKey: Finding | undefined;
  let bytesBefore = 0;
  let sensitive: Uint8Array[] | undefined;
  let beginsBefore = true;
  for (const [index, name] of listed.entries()) {
    after = misnamed(name, index) ?? (await noSegment(files, name));
    if (after) break;
    const { bytes, head, tail } = await files.ends(name, HEAD_BYTES, TAG_BYTES);
    if (index === 0) {
      refuseFormat1(head);
      sensitive = await readSensitive(files, firstHeader(head));
    }
    if (seed && index === 0) {
      const first = firstKey(seed, head);
      if (first && 'expected' in first) otherKey = first;
      else epochKey = first;
    } else if (epochKey) {
      epochKey = laterKey(epochKey, head, bytesBefore);
    }
    const keyed = seed !== undefined && !otherKey;
    tasks.push({
      index,
      bytes,
      isLast: index === listed.length - 1,
      previous,
      keyed,
      epochKey,
      stops,
      hasTiles,
      hasDisclosures: disclosures.has(name),
      sensitive,
    });
    // Without a readable header there is no key for the rest, and the header's fault is the first finding anyway.
    if (keyed && !epochKey) break;
    // After a wrong tag nothing counts either, and the next epoch key may be many steps away.
    if (epochKey && hasWrongTag(head, previous, epochKey.key)) break;
    // What follows a segment without a first record is a fault by itself.
    if (!beginsBefore) break;
    beginsBefore = firstFrame(head) !== undefined;
    previous = tail;
    bytesBefore = bytes;
  }
  return { tasks, after, otherKey };
}

function misnamed(name: string, index: number): Finding | undefined {
  if (!/^\d{8}\.cborseq$/.test(name)) return malformedFile(name, 'a segment name of 8 digits', JSON.stringify(name));
  const wanted = segmentName(index);
  return name === wanted ? undefined : { ...tampered(0, `segment ${wanted} first`, name), file: name };
}

async function noSegment(files: LogFiles, name: string): Promise<Finding | undefined> {
  if (!(await files.isFile(name))) return malformedFile(name, 'a regular file', 'something else');
  const { bytes } = await files.ends(name, 0, 0);
  if (bytes <= SEGMENT_BYTES_MAX) return undefined;
  return malformedFile(name, `a segment of at most ${SEGMENT_BYTES_MAX} bytes`, `${bytes} bytes`);
}

function malformedFile(file: string, expected: string, found: string): Finding {
  return { ...malformed({ offset: 0, expected, found }), file };
}

function firstFrame(head: Uint8Array): Frame | undefined {
  const frame = frameRecord(head, 0, head.length);
  return frame === 'incomplete' || 'expected' in frame ? undefined : frame;
}

/** The header of the log, if its first record can be read. */
export function firstHeader(head: Uint8Array): Header | undefined {
  const frame = firstFrame(head);
  if (!frame) return undefined;
  const read = new PayloadReader(head).read(frame.payload, frame.tag - TAG_HEAD_BYTES);
  return 'expected' in read || read.body.type !== 'header' ? undefined : read.body;
}

// The names of what is redacted, if the program that the header names is there. That it is one, verify.ts checks.
async function readSensitive(files: LogFiles, header: Header | undefined): Promise<Uint8Array[] | undefined> {
  if (!header) return undefined;
  const name = toHex(header.program);
  if (!(await files.names('blobs')).includes(name)) return undefined;
  const program = await files.whole(`blobs/${name}`, PROGRAM_BYTES_MAX);
  if (!program || program.length > PROGRAM_BYTES_MAX || toHex(sha256(program)) !== name) return undefined;
  return sensitiveNames(program);
}

// Whether a log of the first format, which other releases read.
function refuseFormat1(head: Uint8Array): void {
  const frame = firstFrame(head);
  if (!frame) return;
  const read = readCbor(head.slice(frame.payload, frame.tag - TAG_HEAD_BYTES));
  const body = 'value' in read && Array.isArray(read.value) ? read.value[3] : undefined;
  if (!(body instanceof Map) || body.get(0) !== 'plumbline/1') return;
  throw new OperatingError(
    'log-format',
    'the log is of format 1; this version reads format 2',
    'verify it with the release that wrote it',
  );
}

// The origin and log number of the first record give the key, if that record can be read; and its key id says whether
// that is the log's.
function firstKey(seed: Uint8Array, head: Uint8Array): SegmentTask['epochKey'] | Finding {
  const header = firstHeader(head);
  if (!header) return undefined;
  const key = logKey(seed, header.logNumber);
  const [wanted, found] = [keyId(key), header.keyId];
  if (same(wanted, found)) return { epoch: 0, key: firstEpochKey(key, header.origin) };
  const [expected, other] = [`key id ${toHex(wanted)}, of the seed given`, toHex(found)];
  return { status: 'other-key', offset: 0, expected, found: other, file: segmentName(0), seq: 0 };
}

// The length of the segment before bounds how many epochs it can have ended.
function laterKey(before: EpochKey, head: Uint8Array, bytesBefore: number): EpochKey {
  const frame = firstFrame(head);
  if (!frame) return before;
  const { epoch, key } = before;
  const epochs = frame.epoch - epoch;
  if (epochs < 0 || epochs > Math.min(bytesBefore / EPOCH_BYTES_MIN, SEGMENT_EPOCHS_MAX)) return before;
  let next = key;
  for (let i = 0; i < epochs; i++) next = nextEpochKey(next);
  return { epoch: frame.epoch, key: next };
}

// Whether the first record can be read and its tag is wrong. The check of its segment will say so.
function hasWrongTag(head: Uint8Array, previous: Uint8Array, key: Uint8Array): boolean {
  const frame = firstFrame(head);
  return frame !== undefined && !isTagged(head, frame, previous, key);
}

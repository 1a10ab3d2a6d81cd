// Tags and tree hashes of many records, four at a time. SPEC §9: COSE_Mac0 tags, RFC 6962 leaves and nodes.
// A lane that is done takes the next message, so that messages of unlike length leave no lane idle.
// Trusts its caller for every offset: it is written beside it (hasher.ts) and sees only memory of its own.

import { compress, SOURCE, STATE } from './compress';
import {
  FRAMES,
  KEY,
  LEAVES,
  NODES,
  PAIRS_MAX,
  RECORDS_MAX,
  STAGES,
  STAGE_BYTES,
  WINDOW,
  WINDOW_BYTES,
} from './layout';

const INITIAL: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);
const INNER: usize = memory.data(32, 4);
const OUTER: usize = memory.data(32, 4);
// 84 64 "MAC0": the head of a MAC_structure (RFC 9052 §6.3), and h'' where there is no previous tag.
const MAC0: usize = memory.data<u8>([0x84, 0x64, 0x4d, 0x41, 0x43, 0x30]);
const NO_PREVIOUS: u32 = 0xffffffff;

const TAG: i32 = 0;
const LEAF: i32 = 1;
const NODE: i32 = 2;

let kind: i32 = TAG;
let next: i32 = 0;
let end: i32 = 0;
let firstBad: i32 = 0;

// Of each lane: the message it is at, blocks left of it, and whether that is the outer hash of an HMAC.
const JOB: usize = memory.data(16, 4);
const LEFT: usize = memory.data(16, 4);
const IS_OUTER: usize = memory.data(16, 4);

export function window_ptr(): usize {
  return WINDOW;
}
export function window_cap(): usize {
  return WINDOW_BYTES;
}
export function frames_ptr(): usize {
  return FRAMES;
}
export function frames_cap(): usize {
  return RECORDS_MAX;
}
export function leaves_ptr(): usize {
  return LEAVES;
}
export function nodes_ptr(): usize {
  return NODES;
}
export function nodes_cap(): usize {
  return PAIRS_MAX;
}
export function key_ptr(): usize {
  return KEY;
}

function stage(lane: i32): usize {
  return STAGES + (lane as usize) * STAGE_BYTES;
}

function setState(lane: i32, from: usize): void {
  for (let i: usize = 0; i < 8; i++) store<u32>(STATE + (i << 4) + (lane << 2), load<u32>(from + (i << 2)));
}

function digest(lane: i32, to: usize): void {
  for (let i: usize = 0; i < 8; i++) store<u32>(to + (i << 2), bswap(load<u32>(STATE + (i << 4) + (lane << 2))));
}

/** Pads the n bytes staged, of a message of which `before` bytes were taken in already, and points the lane at them. */
function pad(lane: i32, n: usize, before: usize): void {
  const from = stage(lane);
  const bytes = (n + 9 + 63) & ~63;
  memory.fill(from + n, 0, bytes - n);
  store<u8>(from + n, 0x80);
  store<u64>(from + bytes - 8, bswap(((before + n) as u64) << 3));
  store<u32>(SOURCE + (lane << 2), from as u32);
  store<u32>(LEFT + (lane << 2), (bytes >> 6) as u32);
}

function startTag(lane: i32, frame: usize): void {
  const record = WINDOW + load<u32>(frame, 0);
  const payload = WINDOW + load<u32>(frame, 4);
  const tag = WINDOW + load<u32>(frame, 8);
  const previous = load<u32>(frame, 12);
  let to = stage(lane);
  const from = to;
  memory.copy(to, MAC0, 6);
  to += 6;
  // d1 84, the protected header, a0, the payload, 58 20, the tag.
  const header = payload - 1 - (record + 2);
  memory.copy(to, record + 2, header);
  to += header;
  if (previous === NO_PREVIOUS) {
    store<u8>(to, 0x40);
    to += 1;
  } else {
    memory.copy(to, WINDOW + previous, 34);
    to += 34;
  }
  memory.copy(to, payload, tag - 2 - payload);
  to += tag - 2 - payload;
  setState(lane, INNER);
  pad(lane, to - from, 64);
  store<u32>(IS_OUTER + (lane << 2), 0);
}

function startLeaf(lane: i32, frame: usize): void {
  const record = WINDOW + load<u32>(frame, 0);
  const bytes = WINDOW + load<u32>(frame, 8) + 32 - record;
  const to = stage(lane);
  store<u8>(to, 0);
  memory.copy(to + 1, record, bytes);
  setState(lane, INITIAL);
  pad(lane, bytes + 1, 0);
}

function startNode(lane: i32, pair: usize): void {
  const to = stage(lane);
  store<u8>(to, 1);
  memory.copy(to + 1, pair, 64);
  setState(lane, INITIAL);
  pad(lane, 65, 0);
}

function start(lane: i32): bool {
  if (next === end) return false;
  const job = next++;
  store<u32>(JOB + (lane << 2), job);
  if (kind === TAG) startTag(lane, FRAMES + ((job as usize) << 4));
  else if (kind === LEAF) startLeaf(lane, FRAMES + ((job as usize) << 4));
  else startNode(lane, NODES + ((job as usize) << 6));
  return true;
}

/** Takes the hash a lane is done with; false if there is nothing more for it. */
function finish(lane: i32): bool {
  const job = load<u32>(JOB + (lane << 2)) as i32;
  if (kind === LEAF) {
    digest(lane, LEAVES + ((job as usize) << 5));
    return start(lane);
  }
  if (kind === NODE) {
    // In place: what is written here was staged before, as parents lie below their children.
    digest(lane, NODES + ((job as usize) << 5));
    return start(lane);
  }
  const staged = stage(lane);
  digest(lane, staged);
  if (load<u32>(IS_OUTER + (lane << 2)) === 0) {
    setState(lane, OUTER);
    pad(lane, 32, 64);
    store<u32>(IS_OUTER + (lane << 2), 1);
    return true;
  }
  const tag = WINDOW + load<u32>(FRAMES + ((job as usize) << 4), 8);
  if (memory.compare(staged, tag, 32) !== 0 && job < firstBad) firstBad = job;
  return start(lane);
}

function run(what: i32, first: i32, count: i32): void {
  kind = what;
  next = first;
  end = count;
  let busy = 0;
  for (let lane = 0; lane < 4; lane++) {
    // A lane without work is dragged along over whatever lies on its stage.
    store<u32>(SOURCE + (lane << 2), stage(lane) as u32);
    store<u32>(LEFT + (lane << 2), 0);
    if (start(lane)) busy++;
  }
  while (busy > 0) {
    compress();
    for (let lane = 0; lane < 4; lane++) {
      const left = load<u32>(LEFT + (lane << 2));
      if (left === 0) continue;
      store<u32>(LEFT + (lane << 2), left - 1);
      if (left > 1) {
        store<u32>(SOURCE + (lane << 2), load<u32>(SOURCE + (lane << 2)) + 64);
      } else if (!finish(lane)) {
        store<u32>(SOURCE + (lane << 2), stage(lane) as u32);
        busy--;
      }
    }
  }
}

/** Takes the 32 bytes at `key_ptr` as the HMAC key (RFC 2104) of what follows. */
export function set_key(): void {
  for (let lane = 0; lane < 2; lane++) {
    const to = stage(lane);
    memory.fill(to, lane === 0 ? 0x36 : 0x5c, 64);
    for (let i: usize = 0; i < 32; i++) store<u8>(to + i, load<u8>(to + i) ^ load<u8>(KEY + i));
    setState(lane, INITIAL);
  }
  for (let lane = 0; lane < 4; lane++) store<u32>(SOURCE + (lane << 2), stage(lane) as u32);
  compress();
  for (let i: usize = 0; i < 8; i++) {
    store<u32>(INNER + (i << 2), load<u32>(STATE + (i << 4), 0));
    store<u32>(OUTER + (i << 2), load<u32>(STATE + (i << 4), 4));
  }
}

/** The first of the records `first` to `count` - 1 whose tag is not right under the key, or `count`. */
export function tags(first: i32, count: i32): i32 {
  firstBad = count;
  run(TAG, first, count);
  return firstBad;
}

/** Writes the leaf hashes of `count` records. */
export function leaves(count: i32): void {
  run(LEAF, 0, count);
}

/** Replaces `count` pairs of hashes by that many parents. */
export function nodes(count: i32): void {
  run(NODE, 0, count);
}

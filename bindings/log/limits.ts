// Owns: how much a log's writer lets come together before it closes it off (SPEC §9.1, §9.5), and why.

export interface Limits {
  /** Records of an epoch, its end among them. */
  epochRecordsMax: number;
  /** Age of an epoch at which the next decision begins another. */
  epochMsMax: number;
  /** Length of a segment at which the next decision begins another. */
  segmentBytesMax: number;
  /** Epochs that end in a segment before the next decision begins another. */
  segmentEpochsMax: number;
  /** Records after which there is a checkpoint. */
  checkpointRecordsMax: number;
  /** Time from a record to the checkpoint that covers it. */
  checkpointMsMax: number;
  /** Decisions that wait for the disk; the next one waits to be decided. */
  waitingMax: number;
}

export const LIMITS: Limits = {
  // What a thief of the running epoch's key could rewrite if nothing was published: at most these records, or this
  // minute.
  epochRecordsMax: 4096,
  epochMsMax: 60_000,
  // A segment is what one worker of a verifier takes at a time, held in memory whole.
  segmentBytesMax: 64 * 1024 * 1024,
  // SPEC §9.10: a verifier walks no further from the key of one segment to that of the next. It takes a quiet session
  // weeks.
  segmentEpochsMax: 2 ** 16,
  // Four full tiles: the syncs of a checkpoint cost less than a microsecond per record.
  checkpointRecordsMax: 1024,
  // What `write` may lose to a power cut.
  checkpointMsMax: 1000,
  // At a record's largest, 64 MiB.
  waitingMax: 1024,
};

/** SPEC §9.10: a verifier walks that many steps from the seed. */
export const LOG_NUMBER_MAX = 2 ** 16;

/** SPEC §9.10: a verifier reads no larger blob. */
export const BLOB_BYTES_MAX = 2 ** 24;
/** SPEC §9.10, of the blob that is a trust set. */
export const TRUST_SET_BYTES_MAX = 2 ** 20;

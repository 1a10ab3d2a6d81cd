// Owns: how much of a log the verifier takes before it refuses the log: the table of SPEC §9.10. Nothing is read,
// computed or held beyond it, since the bytes of a log are not authenticated until they are read.

export const SEGMENT_BYTES_MAX = 2 ** 27;
export const RECORD_BYTES_MAX = 65_535;
export const REQUEST_BYTES_MAX = 49_152;
export const DECISION_BYTES_MAX = 12_288;
export const STATE_BYTES_MAX = 16_384;
export const LAYERS_MAX = 8;
export const BY_CHARACTERS_MAX = 128;
/** Bounds the walk from the seed to a log's key. */
export const LOG_NUMBER_MAX = 2 ** 16;
/** Epochs count from 0. */
export const EPOCHS_MAX = 2 ** 32;
/** Bounds the walk from the key of one segment to that of the next. */
export const SEGMENT_EPOCHS_MAX = 2 ** 16;
/** Of a log with a tombstone, which gives no key but the first. */
export const TOMBSTONE_EPOCHS_MAX = 2 ** 17;
/** Segments count from 0, in names of 8 digits. */
export const SEGMENTS_MAX = 10 ** 8;
export const SOURCES_MAX = 4096;
export const VKEYS_MAX = 16;
/** Of the record that a short decision is as. */
export const BASE_BYTES_MAX = 4096;
/** A checkpoint is a few hundred bytes; the rest is room for witnesses. */
export const CHECKPOINT_BYTES_MAX = 65_536;
/** Names and values are parts of one request; salts and heads add less than the same again. */
export const DISCLOSURE_BYTES_MAX = 2 * REQUEST_BYTES_MAX;
/** Engines and programs are far below this. */
export const BLOB_BYTES_MAX = 2 ** 24;
/** Of a layer, and of the program that it is of. The core loads no larger one. */
export const PROGRAM_BYTES_MAX = 2 ** 22;
/** A trust set lists people and offices. This has room for some thousand of them. */
export const TRUST_SET_BYTES_MAX = 2 ** 20;
export const TOKEN_CHARACTERS_MAX = 65_536;
export const GRANTS_MAX = 8;

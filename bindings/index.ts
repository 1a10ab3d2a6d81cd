// Owns: what the bindings offer. Everything else in this folder is theirs alone.

export * from './authority/index.ts';
export { askControl, controlOf, serveControl, type ControlCommand, type ControlHandler } from './control.ts';
export { CODES, VERDICTS, type Code, type Verdict } from './codes.ts';
export { readDecision, type Constraint, type Decision } from './decision.ts';
export { loadEngine, type Engine } from './engine.ts';
export { PlumblineError } from './error.ts';
export { encodeApproval, encodeRevocation, type Approval } from './event.ts';
export { parseExactJson } from './exact-json.ts';
export { eraseDisclosure } from './log/erase.ts';
export * from './lowering/index.ts';
export type { Publish } from './log/publisher.ts';
export { readRecords, START, type RecordView } from './log/read-log.ts';
export { serveMediator, type Asking, type MediatorHandler } from './mediator-socket.ts';
export { recoverLog, type Recovered } from './log/recovery.ts';
export { DURABILITIES, type Durability } from './log/recorder.ts';
export { createSeed, parseSeedText, readSeedFile, Seed, writeSeedFile } from './log/seed.ts';
export { createKeys, openKeys, type WriterKeys } from './log/writer-keys.ts';
export {
  encodeRequest,
  internEntity,
  isRefusal,
  type Entity,
  type EntityHandle,
  type EntityUid,
  type Refusal,
  type Request,
  type Stamp,
  type Value,
} from './request.ts';
export { isPublicJwk, type PublicJwk } from './public-key.ts';
export type { RequestView } from './request-view.ts';
export { parseRequestJson, REQUEST_TEXT_LENGTH_MAX } from './request-json.ts';
export { hostRuntime, type Runtime } from './runtime/index.ts';
export {
  openSession,
  type Called,
  type LogOptions,
  type Pending,
  type Session,
  type SessionOptions,
  type Under,
} from './session.ts';
export { driftOf, explainRecord, type Drift, type LevelAnswer, type ScopeAnswer, type Why } from './why.ts';

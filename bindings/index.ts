// Owns: what the bindings offer. Everything else in this folder is theirs alone.

export * from './authority/index.ts';
export { CODES, VERDICTS, type Code, type Verdict } from './codes.ts';
export { readDecision, type Constraint, type Decision } from './decision.ts';
export { loadEngine, type Engine } from './engine.ts';
export { PlumblineError } from './error.ts';
export { parseExactJson } from './exact-json.ts';
export { createKey, Key, readKey } from './key.ts';
export { DURABILITIES, type Durability } from './recorder.ts';
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
export { parseRequestJson, REQUEST_TEXT_LENGTH_MAX } from './request-json.ts';
export { hostRuntime, type Runtime } from './runtime/index.ts';
export { openSession, type Session, type SessionOptions } from './session.ts';

// Owns: putting Cedar's integration tests to the core, and comparing its Cedar answer with the one recorded.
// Excludes: the strict verdict, which is not Cedar's.

import { compileUnvalidated } from '../../engine/compiler/index.ts';
import { readSchema } from '../../engine/compiler/read-schema.ts';
import { uidKey, type SchemaModel } from '../../engine/compiler/schema.ts';
import { encodeValue } from '../../engine/compiler/value.ts';
import { CborWriter } from '../cbor-writer.ts';
import { readDecision } from '../decision.ts';
import { PlumblineError } from '../error.ts';
import type { Runtime } from '../runtime/index.ts';
import { AUTHORITY_NONE } from '../request.ts';
import { loadEngine, REQUEST_BYTES_MAX, type Engine, readEngine, STATE_INITIAL } from '../engine.ts';
import type { Answer, Case, CaseRequest } from './case.ts';
import { readRecord, readUid } from './cedar-json.ts';
import { encodeStore, encodeUid } from './store.ts';

/** A request that was not answered as Cedar answers it; `problem` says why where the core gave no answer at all. */
export interface Failure {
  case: string;
  /** Counted from 1. */
  request: number;
  description: string;
  expected: Answer;
  got?: Answer;
  problem?: string;
}

/** Puts cases to one engine, which is loaded anew for each. */
export class Judge {
  readonly #engine: Engine;
  readonly #writer: CborWriter;

  /** @throws {PlumblineError} `engine-absent`, `engine-unfit` */
  constructor(runtime: Runtime) {
    this.#engine = loadEngine(readEngine(runtime));
    this.#writer = new CborWriter(this.#engine.request);
  }

  /** The failures among the requests of a case; if it cannot be loaded, all of them. */
  judge(one: Case): Failure[] {
    const failure = (request: CaseRequest, index: number, outcome: Answer | string): Failure[] => {
      const { description, expected } = request;
      if (typeof outcome !== 'string' && sameAnswer(outcome, expected)) return [];
      const place = { case: one.name, request: index + 1, description, expected };
      return [typeof outcome === 'string' ? { ...place, problem: outcome } : { ...place, got: outcome }];
    };
    const loaded = attempt(() => this.#load(one));
    return one.requests.flatMap((request, index) =>
      failure(request, index, typeof loaded === 'string' ? loaded : attempt(() => this.#ask(request, loaded))),
    );
  }

  #load({ policies, schema, entities }: Case): Loaded {
    const read = readSchema(schema);
    if ('diagnostics' in read) throw refused(read.diagnostics);
    const { schema: source, model } = read;
    const compiled = compileUnvalidated({ schema: source, policies: [policies], labels: [], authority: 'none' });
    if ('diagnostics' in compiled) throw refused(compiled.diagnostics);
    const fault = this.#engine.load(compiled.policy.program);
    if (fault !== 0) {
      const where = `section ${fault >> 8}, reason ${fault & 0xff}`;
      throw new PlumblineError('program-refused', `the engine refuses the program: ${where}`);
    }
    return { schema: model, store: encodeStore(entities, model) };
  }

  #ask(request: CaseRequest, { schema, store }: Loaded): Answer {
    const action = readUid(request.action);
    const context = schema.actions.find(({ uid }) => uidKey(uid) === uidKey(action))?.context ?? [];
    const writer = this.#writer;
    writer.position = 0;
    writer.map(store.length > 0 ? 7 : 6);
    writer.key(0).raw(encodeUid(readUid(request.principal)));
    writer.key(1).raw(encodeUid(action));
    writer.key(2).raw(encodeUid(readUid(request.resource)));
    writer.key(3).raw(encodeValue(readRecord(request.context, context)));
    writer.key(4).bytes(AUTHORITY_NONE);
    writer.key(5).int(0);
    if (store.length > 0) {
      writer.key(6).array(store.length);
      for (const entry of store) writer.raw(entry);
    }
    if (writer.overflowed) {
      const size = `the request has ${writer.position} bytes`;
      throw new PlumblineError('request-too-large', `${size}; the engine takes ${REQUEST_BYTES_MAX}`);
    }
    // From the initial state each time: a request does not depend on those before it.
    if (this.#engine.setState(STATE_INITIAL) !== 0)
      throw new PlumblineError('engine-fault', 'the engine takes no state');
    const packed = this.#engine.decide(writer.position);
    const { cedar, code } = readDecision(this.#engine.decision(), packed);
    if (cedar === null) throw new PlumblineError(code, 'the engine did not evaluate the request');
    return cedar;
  }
}

interface Loaded {
  schema: SchemaModel;
  store: Uint8Array[];
}

/** What was made, or in words why it could not be. A fault of ours is one case that fails, not the end of all. */
function attempt<T>(make: () => T): T | string {
  try {
    return make();
  } catch (error) {
    return `${error instanceof PlumblineError ? error.code : 'bug'}: ${(error as Error).message}`;
  }
}

const refused = ([first]: { file: string; line: number; column: number; message: string }[]): PlumblineError =>
  new PlumblineError('not-compiled', `${first!.file}:${first!.line}:${first!.column}: ${first!.message}`);

const sameAnswer = (a: Answer, b: Answer): boolean =>
  a.decision === b.decision && sameSet(a.reasons, b.reasons) && sameSet(a.errors, b.errors);

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  JSON.stringify([...new Set(a)].toSorted()) === JSON.stringify([...new Set(b)].toSorted());

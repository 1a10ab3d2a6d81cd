// The index (which policies a request can concern at all) may leave nothing out: programs of many policies that differ
// in their scopes only, more actions than the index tells apart, and requests deep in hierarchies of every kind.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { ring } from '../ring.ts';
import { compileProgram, decideBytes, loadCore, loadPrograms } from './core.ts';
import { Random } from './generate/random.ts';
import { entityText } from './generate/text.ts';
import { compareBytes, encode } from './reference/cbor.ts';
import { decide, type Program } from './reference/decide.ts';
import { type StoredEntity } from './reference/hierarchy.ts';
import { parsePolicy } from './reference/policy.ts';
import { requestItem, type Request } from './reference/request.ts';
import { parseSchema } from './reference/schema.ts';
import { INITIAL_STATE, stateBytes } from './reference/state.ts';
import { entity, type Entity } from './reference/value.ts';

const SEED = 20261122;
const [POLICIES, REQUESTS] = [500, ring === 'first' ? 50 : 400];
const ACTIONS = Array.from({ length: 70 }, (_, index) => `a${index}`);

const SCHEMA_TEXT = `
entity Group in [Group];
entity User in [Group];
@derived("path") entity Dir in [Dir];
@derived("path") entity File in [Dir];
@derived("domain") entity Domain in [Domain];
@derived("host") entity Host in [Domain];
@derived("endpoint") entity Endpoint in [Host];
action g0, g3;
action g1 in [g0];
action g2 in [g1, g3];
${ACTIONS.map((id, index) => `action ${id} in [g${index % 4}] appliesTo { principal: [User, Group], resource: [File, Dir, Endpoint, Group] };`).join('\n')}
`;

const GROUPS = Array.from({ length: 30 }, (_, index) => entity('Group', `g${index}`));
const USERS = Array.from({ length: 10 }, (_, index) => entity('User', `u${index}`));
const SEGMENTS = ['a', 'b', 'c'];

class Scopes {
  readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  path(): string {
    return `/${this.random.times(0, 6, () => this.random.pick(SEGMENTS)).join('/')}`;
  }

  host(): string {
    return this.random.times(1, 4, () => this.random.pick(SEGMENTS)).join('.');
  }

  resource(): Entity {
    const { random } = this;
    const makers = [
      () => entity('File', this.path()),
      () => entity('Dir', this.path()),
      () => entity('Endpoint', `${this.host()}:${random.pick([80, 443])}`),
      () => random.pick(GROUPS),
    ];
    return random.pick(makers)();
  }

  above(): Entity {
    const others = [entity('Host', this.host()), entity('Domain', this.host())];
    return this.random.pick([this.resource(), ...others]);
  }

  #entityScope(variable: string, uid: Entity): string {
    const forms = [
      variable,
      variable,
      `${variable} == ${entityText(uid)}`,
      `${variable} in ${entityText(uid)}`,
      `${variable} in ${entityText(uid)}`,
      `${variable} is ${uid.type}`,
      `${variable} is ${this.random.pick(['File', 'Dir', 'Endpoint', 'User', 'Group'])} in ${entityText(uid)}`,
    ];
    return this.random.pick(forms);
  }

  policy(effect: string): string {
    const { random } = this;
    const action = () =>
      entityText(entity('Action', random.chance(30) ? `g${random.between(0, 3)}` : random.pick(ACTIONS)));
    const actions = ['action', 'action', `action == ${action()}`, `action in ${action()}`];
    actions.push(`action in [${random.times(0, 4, action).join(', ')}]`);
    const principal = this.#entityScope('principal', random.pick([...USERS, ...GROUPS]));
    return `${effect}(${principal}, ${random.pick(actions)}, ${this.#entityScope('resource', this.above())});`;
  }

  /** Groups only below later ones: chains up to all of them. */
  store(): StoredEntity[] {
    const { random } = this;
    const entry = (uid: Entity, above: Entity[]): StoredEntity => ({
      uid,
      parents: random.some(above, above.length > 5 ? 15 : 40),
      attributes: new Map(),
      tags: new Map(),
    });
    return [
      ...USERS.map((uid) => entry(uid, GROUPS)),
      ...GROUPS.map((uid, index) => entry(uid, GROUPS.slice(index + 1))),
    ];
  }

  request(authority: Uint8Array, entities: StoredEntity[]): Request {
    const { random } = this;
    return {
      principal: random.pick([...USERS, ...GROUPS]),
      action: entity('Action', random.pick(ACTIONS)),
      resource: this.resource(),
      context: new Map(),
      authority,
      time: 0n,
      entities,
    };
  }
}

const core = loadCore();
const schema = parseSchema(SCHEMA_TEXT);
const NO_LAYERS = createHash('sha256').update(Uint8Array.of(0x80)).digest();

test.each(['permit', 'forbid'])(
  `${POLICIES} policies of the effect %s, ${REQUESTS} requests, seed ${SEED}`,
  (effect) => {
    const scopes = new Scopes(new Random(SEED));
    const policies = Array.from({ length: POLICIES }, () => scopes.policy(effect));
    const binary = compileProgram({ schema: SCHEMA_TEXT, labels: [], policies, authorityRequired: false });
    const program: Program = {
      schema,
      labels: [],
      levels: [policies.map((text, index) => parsePolicy(`policy${index}`, text))],
      authorityRequired: false,
      digest: createHash('sha256').update(binary).digest(),
      layersDigest: NO_LAYERS,
    };
    loadPrograms(core, [binary]);
    const store = scopes.store();
    let reasons = 0;
    for (let count = 0; count < REQUESTS; count += 1) {
      const request = scopes.request(NO_LAYERS, store);
      const bytes = encode(requestItem(request));
      core.setState(stateBytes(INITIAL_STATE));
      const expected = decide(program, INITIAL_STATE, bytes);
      const told = [request.principal, request.action, request.resource].map(entityText);
      const same = compareBytes(decideBytes(core, bytes).bytes, expected.bytes) === 0;
      expect({ count, told, same }).toEqual({ count, told, same: true });
      reasons += expected.decisions[0]!.cedar!.reasons.length;
    }
    expect(reasons).toBeGreaterThan(10 * REQUESTS);
  },
);

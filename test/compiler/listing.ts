// Reads a program as SPEC §8 says, for tests: its constants, and its policies with their code as text.
// Trusts the program; refusing a bad one is the engine's matter.

import { decode } from 'cbor-x';
import { ACTION_EXACT, NONE, OPCODE } from '../../engine/compiler/format.ts';

const NAMES = new Map<number, string>(Object.entries(OPCODE).map(([name, code]) => [code, name]));
const OF_CONSTANT = ['CONSTANT', 'CONTEXT_ATTR', 'CONTEXT_HAS', 'ATTR', 'HAS', 'IN_ENTITY', 'IS'];
const JUMPS = ['AND', 'OR', 'BRANCH', 'JUMP'];

export interface Listing {
  /** In hex. */
  constants: string[];
  /** One line of fields per policy (SPEC §8.2), constants in their place; `#n` is another number. */
  policies: string[];
  /** Code of the policies, one after the other. */
  code: string[][];
}

export function listingOf(program: Uint8Array): Listing {
  const view = new DataView(program.buffer, program.byteOffset, program.length);
  const word = (at: number): number => view.getUint32(at, true);
  const sections: number[] = [];
  let start = 68;
  for (let i = 0; i < 6; i++) {
    sections.push(start);
    start += (word(8 + i * 4) + 3) & ~3;
  }
  const [constantsAt, listsAt, , , policiesAt, codeAt] = sections as [number, number, number, number, number, number];
  const count = word(constantsAt);
  const items = constantsAt + 8 + count * 4;
  const constants = Array.from({ length: count }, (_, i) =>
    program.slice(items + word(constantsAt + 4 + i * 4), items + word(constantsAt + 8 + i * 4)),
  );
  const show = (index: number): string => (index === NONE ? '-' : JSON.stringify(plain(decode(constants[index]!))));
  const list = (index: number): string => {
    const at = listsAt + index * 4;
    return `[${Array.from({ length: word(at) }, (_, i) => show(word(at + 4 + i * 4))).join(' ')}]`;
  };

  const policies: string[] = [];
  const code: string[][] = [];
  for (let at = policiesAt; at < codeAt; at += 64) {
    const field = (i: number): number => word(at + i * 4);
    const action = field(13);
    const scope = (i: number): string => `${field(i)} ${show(field(i + 1))} ${show(field(i + 2))}`;
    const attached = field(6) === NONE ? '-' : `#${field(6)}`;
    const actions = action === NONE ? '-' : `${action >= ACTION_EXACT ? '==' : ''}${list(action % ACTION_EXACT)}`;
    const outcome = `${field(1)} ${field(2)} ${field(3)} ${show(field(4))} ${field(5)} ${attached}`;
    policies.push(`${show(field(0))} ${outcome} | ${scope(7)} | ${scope(10)} | ${actions}`);
    code.push(
      Array.from({ length: field(15) }, (_, i) => {
        const instruction = word(codeAt + (field(14) + i) * 4);
        const name = NAMES.get(instruction & 0xff)!;
        const operand = instruction >>> 8;
        if (OF_CONSTANT.includes(name)) return `${name} ${show(operand)}`;
        if (JUMPS.includes(name)) return `${name} ${operand}`;
        if (name === 'LIKE' || name === 'RECORD') return `${name} ${list(operand)}`;
        return name === 'SET' ? `SET ${operand}` : name;
      }),
    );
  }
  return { constants: constants.map((bytes) => Buffer.from(bytes).toString('hex')), policies, code };
}

/** Integers and bytes in a form JSON has. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

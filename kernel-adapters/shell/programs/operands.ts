// Owns: what most programs have in common in taking files as operands.

import type { Facts, FileAction, Kind, Program } from '../facts.ts';
import { has, lineOf } from './options.ts';
import { literal, type Argument } from '../word.ts';

/** The directory the command runs in. */
export const HERE = literal('.');

/** States every operand but `-`, which is a standard stream. */
export function state(facts: Facts, action: FileAction, operands: readonly Argument[], kind: Kind = 'file'): void {
  for (const operand of operands) if (operand.value !== '-') facts.file(action, operand, kind);
}

/** A program for which every operand is an object of `action`; `values` names its options that take a value. */
export const each =
  (action: FileAction, values = '', kind: Kind = 'file'): Program =>
  (args, facts) => {
    const line = lineOf(args, { values });
    // The list of files is in a file.
    if (has(line, 'files0-from')) facts.unknown();
    state(facts, action, line.operands, has(line, 'r', 'R', 'recursive') ? 'any' : kind);
  };

// Owns: what most programs have in common in taking files as operands.

import type { Facts, FileAction, Kind, Program } from '../facts.ts';
import { has, lineOf, type Syntax } from './options.ts';
import { literal, type Argument } from '../word.ts';

/** The directory the command runs in. */
export const HERE = literal('.');

/** States every operand but `-`, which is a standard stream. */
export function state(facts: Facts, action: FileAction, operands: readonly Argument[], kind: Kind = 'file'): void {
  for (const operand of operands) {
    // `+1`, `+/x`: an option, or a command, of older or other programs. `@list`: a file of further operands.
    if (/^[+@]/.test(operand.value ?? '')) facts.unknown();
    if (operand.value !== '-') facts.file(action, operand, kind);
  }
}

/** A program for which every operand is an object of `action`. */
export const each =
  (action: FileAction, syntax: Syntax = {}, kind: Kind = 'file'): Program =>
  (args, facts) => {
    const line = lineOf(args, facts, syntax);
    state(facts, action, line.operands, has(line, 'r', 'R', 'recursive') ? 'any' : kind);
  };

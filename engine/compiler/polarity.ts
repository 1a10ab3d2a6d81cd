// Whether more labels can only restrict, and more clearances only enable (SPEC §6.3). A label is attached when its
// policy errs, a clearance only on a clean match; so each may be used in one direction only, or an error would enable.

import type { Expression } from './expression.ts';
import { childrenOf } from './expression.ts';

/** The direction in which a condition follows a set: more members make it hold, or fail, or either. */
type Direction = 'rising' | 'falling' | 'either';

/** One use of a set of the context inside a condition. */
export interface Use {
  direction: Direction;
  at: number;
}

const OPPOSITE: Record<Direction, Direction> = { rising: 'falling', falling: 'rising', either: 'either' };

/** All uses of `context.NAME` in a Bool expression; the context as a whole counts as a use in either direction. */
export function usesOf(name: string, node: Expression, direction: Direction = 'rising'): Use[] {
  switch (node.kind) {
    case 'binary':
      switch (node.operator) {
        case '&&':
        case '||':
          return [node.left, node.right].flatMap((side) => usesOf(name, side, direction));
        case 'contains':
        case 'containsAny':
        case 'containsAll': {
          // `containsAny` follows both sides alike; a longer right side makes `containsAll` harder, and is no member of
          // `contains`.
          const right = { contains: 'either', containsAny: direction, containsAll: OPPOSITE[direction] } as const;
          return [...setUses(name, node.left, direction), ...setUses(name, node.right, right[node.operator])];
        }
      }
      return childrenOf(node).flatMap((child) => usesOf(name, child, 'either'));
    case 'unary':
      if (node.operator === '!') return usesOf(name, node.operand, OPPOSITE[direction]);
      return setUses(name, node.operand, node.operator === 'isEmpty' ? OPPOSITE[direction] : 'either');
    case 'if':
      return [
        ...usesOf(name, node.condition, 'either'),
        ...[node.consequent, node.alternative].flatMap((branch) => usesOf(name, branch, direction)),
      ];
    case 'has':
      if (isContext(node.object)) return node.path[0] === name ? [{ direction: 'either', at: node.at }] : [];
      return usesOf(name, node.object, 'either');
    case 'attribute':
      if (isContext(node.object)) return node.name === name ? [{ direction: 'either', at: node.at }] : [];
      return usesOf(name, node.object, 'either');
    case 'variable':
      return node.name === 'context' ? [{ direction: 'either', at: node.at }] : [];
    default:
      return childrenOf(node).flatMap((child) => usesOf(name, child, 'either'));
  }
}

/** Uses in an operand that is a set: the set itself goes in the direction given. */
function setUses(name: string, node: Expression, direction: Direction): Use[] {
  if (node.kind === 'attribute' && isContext(node.object) && node.name === name) return [{ direction, at: node.at }];
  return usesOf(name, node, 'either');
}

function isContext(node: Expression): boolean {
  return node.kind === 'variable' && node.name === 'context';
}

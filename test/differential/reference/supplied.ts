// Owns: SPEC §4, second table: the context as policies see it, with the attributes the engine supplies.

import { isCanonical, portOf, segmentsOf } from './names.ts';
import { type Request } from './request.ts';
import { type Schema } from './schema.ts';
import { outside, recentOutside, type State } from './state.ts';
import { identity, type RecordValue, type Value } from './value.ts';

/**
 * The value SPEC §4 gives a supplied attribute; none where it would be of a path or endpoint and the resource is no
 * canonical one.
 */
function supply(
  name: string,
  { resource, time }: Request,
  schema: Schema,
  state: State,
  labels: string[],
  clearances: string[],
): Value | undefined {
  const kind = schema.entityTypes.get(resource.type)?.derived;
  const isPath = kind === 'path' && isCanonical(kind, resource.id);
  const segments = isPath ? segmentsOf(resource.id) : undefined;
  switch (name) {
    case 'labels':
      return labels;
    case 'clearances':
      return clearances;
    case 'session':
      return new Map([
        ['requests', state.requests],
        ['blocked', state.blocked],
        ['outside', outside(state)],
        ['recent', recentOutside(state)],
        ['surprising', state.surprising],
        ['tokens', state.amounts[0]],
        ['modelRequests', state.amounts[1]],
        ['spend', state.amounts[2]],
      ]);
    case 'time':
      return { kind: 'datetime', ms: time };
    case 'port':
      return kind === 'endpoint' && isCanonical(kind, resource.id) ? BigInt(portOf(resource.id)) : undefined;
    case 'segments':
      return segments;
    default:
      return segments && (segments.at(-1) ?? '');
  }
}

/** What a caller wrote under the name of a supplied attribute is not seen. */
export function contextOf(
  request: Request,
  schema: Schema,
  state: State,
  labels: string[],
  clearances: string[],
): RecordValue {
  const context: RecordValue = new Map(request.context);
  for (const [name, { supplied }] of schema.actions.get(identity(request.action))?.context.attributes ?? []) {
    if (!supplied) continue;
    const value = supply(name, request, schema, state, labels, clearances);
    if (value === undefined) context.delete(name);
    else context.set(name, value);
  }
  return context;
}

// Owns: whether a policy's scope (SPEC §8.2, fields 7–13) matches a request, decided exactly by the marks that the
// request's lineages left on entity constants. Trusts: marks (request/marks.ts). Excludes: conditions.

import { ACTION_EXACT, NONE, SCOPE_ANY, SCOPE_IN, SCOPE_IS, SCOPE_IS_ENTITY } from '../numbers/format';
import { constant, list } from '../program/level';
import { LINEAGE_PRINCIPAL, LINEAGE_RESOURCE } from '../numbers/limits';
import { isSameText } from '../value/cbor';
import { uidText, uidType } from '../program/uid';
import {
  MARK_ACTION,
  MARK_ACTION_IN,
  MARK_PRINCIPAL,
  MARK_PRINCIPAL_IN,
  MARK_RESOURCE,
  MARK_RESOURCE_IN,
  isMarked,
  markAction,
} from '../request/marks';
import {
  actionScope,
  principalScope,
  resourceScope,
  scopeEntity,
  scopeKind,
  scopeType,
  UNKNOWN_TYPE,
} from '../program/policy';

// Whether the entity whose lineage it is has the type of a resolved scope.
function matchesType(level: u32, type: u32, lineage: u32): bool {
  if ((type & UNKNOWN_TYPE) === 0) return uidType(lineage) === type;
  return isSameText(uidText(lineage), constant(level, type & ~UNKNOWN_TYPE));
}

function matches(level: u32, scope: u32, lineage: u32, self: u32, within: u32): bool {
  const kind = scopeKind(scope);
  if (kind === SCOPE_ANY) return true;
  if (kind === SCOPE_IS_ENTITY) return isMarked(level, scopeEntity(scope), self);
  if (kind === SCOPE_IN) return isMarked(level, scopeEntity(scope), within);
  if (!matchesType(level, scopeType(scope), lineage)) return false;
  return kind === SCOPE_IS || isMarked(level, scopeEntity(scope), within);
}

function matchesAction(level: u32, request: u32, actions: u32): bool {
  if (actions === NONE) return true;
  markAction(level, request);
  const items = list(level, actions & ~ACTION_EXACT);
  const bits = (actions & ACTION_EXACT) === 0 ? MARK_ACTION_IN : MARK_ACTION;
  const count = load<u32>(items);
  for (let i: u32 = 1; i <= count; i++) if (isMarked(level, load<u32>(items + (i << 2)), bits)) return true;
  return false;
}

/**
 * Whether a policy of the level has a scope that matches the request; its action is looked at unless that is decided.
 */
export function isInScope(level: u32, request: u32, policy: u32, isActionDecided: bool): bool {
  if (!matches(level, resourceScope(policy), LINEAGE_RESOURCE, MARK_RESOURCE, MARK_RESOURCE_IN)) return false;
  return (
    matches(level, principalScope(policy), LINEAGE_PRINCIPAL, MARK_PRINCIPAL, MARK_PRINCIPAL_IN) &&
    (isActionDecided || matchesAction(level, request, actionScope(policy)))
  );
}

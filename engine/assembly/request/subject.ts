// Owns: principal, action and resource of the request that is being decided, looked up once: their lineages and the
// action's place in the schema. Trusts: the parsed request. Excludes: validation (validate.ts).

import { resolve, resolvedId, resolvedIdEnd, resolvedType } from '../program/entity';
import { KIND_ACTION, NONE } from '../numbers/format';
import { LINEAGE_ACTION, LINEAGE_PRINCIPAL, LINEAGE_RESOURCE } from '../numbers/limits';
import { buildLineage } from './lineage';
import { actionAt, principalAt, resourceAt } from './request';
import { findAction } from '../program/find';
import { actionAncestorCount, typeKind } from '../program/schema';
import { entryCount } from './store';

let principalCount: u32 = 0;
let actionCount: u32 = 0; // 0: not built yet; most policies need only the action's index
let resourceCount: u32 = 0;
let action: u32 = 0;
let indexed: bool = false;

/** Looks up the subjects of the request that is being decided. */
export function takeSubjects(request: u32): void {
  principalCount = buildLineage(LINEAGE_PRINCIPAL, principalAt(request));
  resourceCount = buildLineage(LINEAGE_RESOURCE, resourceAt(request));
  actionCount = 0;
  resolve(actionAt(request));
  const isAction = typeKind(resolvedType()) === KIND_ACTION;
  action = isAction ? findAction(resolvedType(), resolvedId(), resolvedIdEnd()) : NONE;
  indexed = action !== NONE && (entryCount() === 0 || actionLineageCount(request) === 1 + actionAncestorCount(action));
}

export function principalLineageCount(): u32 {
  return principalCount;
}

export function actionLineageCount(request: u32): u32 {
  if (actionCount === 0) actionCount = buildLineage(LINEAGE_ACTION, actionAt(request));
  return actionCount;
}

export function resourceLineageCount(): u32 {
  return resourceCount;
}

/** The action's index in the schema, or NONE. */
export function subjectAction(): u32 {
  return action;
}

/** Whether the action has just the ancestors the schema gives it, as the index takes for granted. */
export function isActionIndexed(): bool {
  return indexed;
}

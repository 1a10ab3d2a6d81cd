// Which entity constants of a level the current request touches: the anchors among its lineages, marked and listed.

import {
  MARK_ACTION,
  MARK_ACTION_IN,
  MARK_PRINCIPAL,
  MARK_PRINCIPAL_IN,
  MARK_RESOURCE,
  MARK_RESOURCE_IN,
  markLineage,
} from './anchors';
import { HITS, LINEAGE_ACTION, LINEAGE_PRINCIPAL, LINEAGE_RESOURCE } from './limits';
import { actionLineageCount, principalLineageCount, resourceLineageCount } from './subject';

let resourceHits: u32 = 0;
let principalHits: u32 = 0;
let isActionMarked: bool = false;

/** Marks principal and resource at the selected level, and lists the anchors found. */
export function markLevel(): void {
  resourceHits = markLineage(LINEAGE_RESOURCE, resourceLineageCount(), MARK_RESOURCE, MARK_RESOURCE_IN, HITS);
  principalHits = markLineage(
    LINEAGE_PRINCIPAL,
    principalLineageCount(),
    MARK_PRINCIPAL,
    MARK_PRINCIPAL_IN,
    resourceHits,
  );
  isActionMarked = false;
}

/** Marks the action, when first asked about it: the index mostly answers for it. */
export function markAction(): void {
  if (isActionMarked) return;
  isActionMarked = true;
  markLineage(LINEAGE_ACTION, actionLineageCount(), MARK_ACTION, MARK_ACTION_IN, 0);
}

/** The anchors in the resource's lineage are [HITS, resourceHitsEnd), those in the principal's follow up to principalHitsEnd. */
export function resourceHitsEnd(): u32 {
  return resourceHits;
}

export function principalHitsEnd(): u32 {
  return principalHits;
}

// Owns: the plain-data shape of the requests that shell text leads to (engine/schema/domain.cedarschema).
// Excludes: encoding and judging them; an adapter imports nothing of the mediator's.

export interface Entity {
  type: string;
  id: string;
}

export type Value = boolean | string | { __extn: { fn: string; arg: string } };

/** One request in its JSON form. `ref` says where it came from. */
export interface Request {
  principal: Entity;
  action: string;
  resource: Entity;
  context: Record<string, Value>;
  ref: string;
}

/** A request, or a transaction: several that pass together or not at all, the source first (SPEC §6.4). */
export type Item = Request | Request[];

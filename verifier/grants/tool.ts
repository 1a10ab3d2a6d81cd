// Owns: entries of `tools`, names and objects, and whether they are within others: SPEC §11.2, §11.3.
import { hasControl } from '../record/controls.ts';
import { isObject } from './issuers.ts';

/** An entry. A name alone has no limits. */
export interface ToolEntry {
  /** `OWNER/NAME`; for a name alone also `OWNER/*`. */
  name: string;
  targets?: string[];
  amountMax?: number;
  count?: number;
  orAsk: boolean;
}

const PATTERN_CHARACTERS_MAX = 256;
const COUNT_MAX = 2 ** 32 - 1;
const MEMBERS = ['tool', 'targets', 'amountMax', 'count', 'orAsk'];

/** Whether an entry is `OWNER/NAME` or `OWNER/*`. */
export function isNameOrAll(entry: string): boolean {
  return /^[^/*]+\/(\*|[^*]+)$/.test(entry) && !hasControl(entry);
}

/** The entry, or undefined if it is not in one of its forms. */
export function parseTool(entry: unknown): ToolEntry | undefined {
  if (typeof entry === 'string') return isNameOrAll(entry) ? { name: entry, orAsk: false } : undefined;
  if (!isObject(entry) || Object.keys(entry).some((member) => !MEMBERS.includes(member))) return undefined;
  const { tool: name, targets, amountMax, count, orAsk } = entry;
  if (typeof name !== 'string' || !isNameOrAll(name) || name.endsWith('/*')) return undefined;
  const limits = targets !== undefined || amountMax !== undefined;
  if (orAsk === undefined ? !limits && count === undefined : orAsk !== true || !limits || count !== undefined)
    return undefined;
  if (targets !== undefined && !arePatterns(targets)) return undefined;
  if (amountMax !== undefined && !isInteger(amountMax, 0, Number.MAX_SAFE_INTEGER)) return undefined;
  if (count !== undefined && !isInteger(count, 1, COUNT_MAX)) return undefined;
  return {
    name,
    ...(targets !== undefined && { targets }),
    ...(amountMax !== undefined && { amountMax }),
    ...(count !== undefined && { count }),
    orAsk: orAsk === true,
  };
}

/** Why these entries may not stand in one list; undefined if they may. */
export function toolsFault(entries: readonly ToolEntry[]): string | undefined {
  if (new Set(entries.map((entry) => JSON.stringify(entry))).size < entries.length) return 'tools holds an entry twice';
  const objects = entries.filter((entry) => isObjectEntry(entry)).map(({ name }) => name);
  const asking = entries.find(({ name, orAsk }) => orAsk && objects.indexOf(name) !== objects.lastIndexOf(name));
  return asking && `tools has orAsk for ${asking.name}, and another object`;
}

/** The name of the first entry of `inner` that is not within `outer`; undefined if all are. */
export function toolBeyond(inner: readonly ToolEntry[], outer: readonly ToolEntry[]): string | undefined {
  const wide = inner.find((entry) => !outer.some((other) => stands(other.name, entry.name) && isLimited(entry, other)));
  return (wide ?? outer.find((other) => other.orAsk && !isAsked(inner, other)))?.name;
}

// Whether what `asked`, an entry with `orAsk`, lets wait does so in the other scope, or is not granted there.
function isAsked(entries: readonly ToolEntry[], asked: ToolEntry): boolean {
  const own = entries.find(({ name, orAsk }) => orAsk && name === asked.name);
  if (own) return areWithin(own, asked);
  const limits = { ...asked, orAsk: false };
  return entries.filter(({ name }) => stands(name, asked.name)).every((entry) => isLimited(entry, limits));
}

/** Whether an entry is limited by as much as another one. An entry with `orAsk` is limited by nothing. */
function isLimited(entry: ToolEntry, other: ToolEntry): boolean {
  return other.orAsk || areWithin(entry.orAsk ? {} : entry, other);
}

type Limits = Pick<ToolEntry, 'targets' | 'amountMax'>;

function areWithin(inner: Limits, outer: Limits): boolean {
  const { targets, amountMax } = outer;
  if (amountMax !== undefined && !(inner.amountMax !== undefined && inner.amountMax <= amountMax)) return false;
  if (!targets) return true;
  return inner.targets?.every((one) => targets.some((other) => isPatternWithin(one, other))) ?? false;
}

function isPatternWithin(inner: string, outer: string): boolean {
  if (outer.endsWith('*')) return inner.startsWith(outer.slice(0, -1));
  if (outer.startsWith('*')) return inner.endsWith(outer.slice(1));
  return inner === outer;
}

function stands(entry: string, name: string): boolean {
  return entry === name || (entry.endsWith('/*') && name.startsWith(entry.slice(0, -1)));
}

function isObjectEntry({ targets, amountMax, count }: ToolEntry): boolean {
  return targets !== undefined || amountMax !== undefined || count !== undefined;
}

function arePatterns(value: unknown): value is string[] {
  if (!Array.isArray(value) || value.length === 0 || !value.every((one) => isPattern(one))) return false;
  return new Set(value).size === value.length;
}

function isPattern(value: unknown): boolean {
  if (typeof value !== 'string' || value === '' || [...value].length > PATTERN_CHARACTERS_MAX) return false;
  const stars = value.split('*').length - 1;
  const atEnd = value.startsWith('*') || value.endsWith('*');
  return (stars === 0 || (stars === 1 && atEnd)) && !hasControl(value);
}

function isInteger(value: unknown, least: number, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}

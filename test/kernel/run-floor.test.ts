// The floor of a run: what the authority grants, in the kernel's rights; nothing beside it but the loader of programs.

import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { floorOf } from '../../bindings/run/floor.ts';
import { parseDraft } from '../../bindings/authority/draft.ts';
import { type Grant, mint } from '../../bindings/authority/grant.ts';
import { IssuerKey } from '../../bindings/authority/issuer-key.ts';
import type { ScopeJson } from '../../bindings/authority/scope.ts';
import type { Floor } from '../../kernel-adapters/linux/index.ts';

const NOW_MS = Date.UTC(2030, 0, 1);
const HOUR_MS = 3_600_000;
const key = new IssuerKey(randomBytes(32));
const parent = realpathSync(mkdtempSync(join(tmpdir(), 'plumbline-run-floor-')));
const [read, write] = ['read', 'write'].map((name) => join(parent, name)) as [string, string];
for (const path of [read, write]) mkdirSync(path);
afterAll(() => rmSync(parent, { recursive: true, force: true }));

function objective(scope: ScopeJson): Grant {
  const parsed = parseDraft({ level: 'objective', statement: 'Look', scope, expires: '1h' }, NOW_MS, undefined);
  const by = { nowMs: NOW_MS, random: (length: number) => randomBytes(length) };
  const minted = 'refusal' in parsed ? parsed : mint(parsed.draft, key, undefined, by);
  if ('refusal' in minted) throw new Error(minted.refusal.message);
  return minted.grant;
}

const rightsOn = ({ paths }: Floor, path: string): readonly string[] | undefined =>
  paths.find((one) => one.path === path)?.rights;

const executed = (scope: ScopeJson): string[] =>
  floorOf([objective(scope)])
    .floor.paths.filter(({ rights }) => rights.includes('execute'))
    .map(({ path }) => path);

describe('the floor of a run', () => {
  test('has of a path what is granted of it, and nothing of its neighbours', () => {
    const { floor } = floorOf([objective({ read: [read], write: [write] })]);
    expect(rightsOn(floor, read)).toContain('read-file');
    expect(rightsOn(floor, read)).not.toContain('write-file');
    expect(rightsOn(floor, write)).toContain('write-file');
    expect(floor.paths.filter(({ path }) => path === '/' || path === parent)).toEqual([]);
  });

  test('executes what is granted, and the loader of programs besides', () => {
    const loaders = executed({ read: ['/'] });
    expect(loaders.every((path) => /\/ld-[^/]+$/.test(path))).toBe(true);
    const program = realpathSync('/bin/sh');
    expect(executed({ read: ['/'], exec: [program] }).toSorted()).toEqual([...loaders, program].toSorted());
  });

  test('lets devices be set that may be written, and no others', () => {
    const { floor } = floorOf([objective({ read: ['/dev/zero', read], write: ['/dev/null', write] })]);
    expect(rightsOn(floor, '/dev/null')).toContain('ioctl-dev');
    for (const path of ['/dev/zero', write]) expect(rightsOn(floor, path), path).not.toContain('ioctl-dev');
  });

  test('keeps signals and abstract sockets within the tree, and ends with the grants', () => {
    const { floor, untilMs } = floorOf([objective({ read: [read] })]);
    expect([floor.scopeSignals, floor.scopeAbstractUnix, untilMs]).toEqual([true, true, NOW_MS + HOUR_MS]);
  });
});

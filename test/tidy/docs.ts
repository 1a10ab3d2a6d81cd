// Owns: rules that keep the documents true to the tree.

import { posix } from 'node:path';
import type { Rule } from './tree.ts';

export const links: Rule = (tree) => {
  const folders = new Set(
    [...tree.keys()].flatMap((path) => path.split('/').map((_, depth, parts) => parts.slice(0, depth).join('/'))),
  );
  return [...tree]
    .filter(([path]) => path.endsWith('.md'))
    .flatMap(([path, text]) =>
      [...text.matchAll(/\]\((?!https:)([^)#]*)(?:#[^)]*)?\)/g)]
        .map((match) => (match[1] === '' ? path : posix.join(posix.dirname(path), match[1]!).replace(/\/$/, '')))
        .filter((target) => !tree.has(target) && !folders.has(target))
        .map((target) => `${path}: links to ${target}, which does not exist`),
    );
};

/**
 * Paths drawn by the first fenced block of ARCHITECTURE.md that starts with a folder; two spaces of indent are one
 * level.
 */
function drawn(architecture: string): string[] {
  const block = /```\n([a-z-]+\/ [\s\S]*?)```/.exec(architecture)?.[1] ?? '';
  const parents: string[] = [];
  return block.split('\n').flatMap((line) => {
    const match = /^( *)([\w.-]+\/?)(?= |$)/.exec(line);
    if (!match) return [];
    const depth = match[1]!.length / 2;
    parents.length = depth;
    parents.push(match[2]!);
    return [parents.join('')];
  });
}

export const drawing: Rule = (tree) => {
  const shown = drawn(tree.get('ARCHITECTURE.md') ?? '');
  const folders = new Set(
    [...tree.keys()]
      .filter((path) => path.includes('/') && !path.startsWith('.'))
      .flatMap((path) => {
        const parts = path.split('/').slice(0, -1);
        return parts.slice(0, 2).map((_, depth) => `${parts.slice(0, depth + 1).join('/')}/`);
      }),
  );
  const real = (path: string): boolean =>
    path.endsWith('/') ? [...tree.keys()].some((file) => file.startsWith(path)) : tree.has(path);
  return [
    ...shown.filter((path) => !real(path)).map((path) => `ARCHITECTURE.md: draws ${path}, which does not exist`),
    ...[...folders].filter((path) => !shown.includes(path)).map((path) => `ARCHITECTURE.md: does not draw ${path}`),
  ];
};

// Built by `npm run build:engine`, so not in the tree.
const BUILT = ['engine/engine.wasm'];

/**
 * The table "Where things are" leads a newcomer to doors: what it names is there, or is marked `(to come)` and is not
 * there yet.
 */
export const doors: Rule = (tree) => {
  const section = /^## Where things are\n([\s\S]*?)^```/m.exec(tree.get('ARCHITECTURE.md') ?? '')?.[1] ?? '';
  const { scripts = {} } = JSON.parse(tree.get('package.json') ?? '{}') as { scripts?: Record<string, string> };
  const isThere = (path: string): boolean =>
    BUILT.includes(path) || tree.has(path) || [...tree.keys()].some((file) => file.startsWith(`${path}/`));
  return [...section.matchAll(/`([^`]+)`( \(to come\))?/g)].flatMap(([, name, later]) => {
    const script = /^npm run (\S+)/.exec(name!)?.[1];
    if (script !== undefined && !(script in scripts)) return [`ARCHITECTURE.md: there is no script ${script}`];
    return (name!.match(/(?<!\S)[\w.-]+(?:\/[\w.-]+)+/g) ?? [])
      .filter((path) => isThere(path) === (later !== undefined))
      .map(
        (path) => `ARCHITECTURE.md: ${path} ${later === undefined ? 'does not exist' : 'is there, and not to come'}`,
      );
  });
};

const DECISIONS = 'docs/decisions/';

/** docs/decisions/README.md lists every decision by number, title and file, in order, and nothing else. */
export const decisions: Rule = (tree) => {
  const index = tree.get(`${DECISIONS}README.md`) ?? '';
  const rows = [...index.matchAll(/^\| \d+ \| \[.*\]\(.*\) \|$/gm)].map(([row]) => row);
  const wanted = [...tree]
    .filter(([path]) => path.startsWith(DECISIONS) && path !== `${DECISIONS}README.md`)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, text]) => {
      const [, number, title] = /^# (\d+)\. (.*)/.exec(text) ?? [];
      return `| ${number} | [${title}](${path.slice(DECISIONS.length)}) |`;
    });
  return rows.join('\n') === wanted.join('\n')
    ? []
    : [`${DECISIONS}README.md: its rows are not the decisions; they should be\n${wanted.join('\n')}`];
};

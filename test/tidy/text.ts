// Owns: rules about the text of single files: names, heads, words, banned calls, skips.

import { codeIn, codeOf, sourcesOf, type Rule } from './tree.ts';

const NAME = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
const ROOT_NAME = /^[A-Z_]+(\.md)?$/;
/** Cargo takes no other names. */
const CARGO_NAME = /^Cargo\.(toml|lock)$/;

const isNamed = (path: string): boolean =>
  path
    .split('/')
    .every(
      (part) =>
        NAME.test(part) || CARGO_NAME.test(part) || part === 'README.md' || (part === path && ROOT_NAME.test(part)),
    );

export const names: Rule = (tree) =>
  [...tree.keys()].filter((path) => !isNamed(path)).map((path) => `${path}: not kebab-case`);

export const heads: Rule = (tree) =>
  sourcesOf(tree)
    .filter(([, text]) => !/^(#!.*\n)?\/[/*]/.test(text))
    .map(([path]) => `${path}: no head; say in a comment on top what it owns, trusts and excludes`);

/** Prettier holds code to the same width, and leaves comments as they are. */
const COLUMNS_MAX = 120;

export const commentWidths: Rule = (tree) =>
  [...tree]
    .filter(([path]) => !/\.(md|json)$/.test(path))
    .flatMap(([path, text]) =>
      text
        .split('\n')
        .flatMap((line, index) =>
          /^\s*(\/[/*]|\*|#)/.test(line) && [...line].length > COLUMNS_MAX
            ? [`${path}:${index + 1}: a comment of more than ${COLUMNS_MAX} columns; wrap it`]
            : [],
        ),
    );

// One letter of each stands in brackets, so that this file passes its own rule.
const WORDS: [RegExp, string][] = [
  [/\/wor[k]\/(main|shared)\b|\/tm[p]\/(brief|bash)|\/roo[t]\/|\/(home|Users)\/runne[r]\b/, 'a path of one machine'],
  [/registry\.[n]pm|npmj[s]\.(org|com)|artifactor[y]|verdacci[o]/i, 'a registry host'],
  [
    /co-authored-b[y]|generated (by|with) (an? )?(ai|llm|claude|gpt|copilot)\b|as an a[i] |\bsub-?agen[t]\b/i,
    'how it was written',
  ],
  [/\bDESIG[N]\b|\bresearc[h]\//, 'a page that is not in this repository; cite SPEC or ARCHITECTURE'],
  [/\bTOD[O]\b|\bFIXM[E]\b|\bXX[X]\b/, 'an unfinished note; open an issue'],
];

export const words: Rule = (tree) =>
  [...tree].flatMap(([path, text]) =>
    WORDS.flatMap(([pattern, what]) => {
      const found = pattern.exec(text);
      return found ? [`${path}: ${JSON.stringify(found[0])} is ${what}`] : [];
    }),
  );

interface Ban {
  pattern: RegExp;
  instead: string;
  /** Where the call is at home. */
  except: RegExp;
}

const EDGE =
  /^(bindings\/(runtime|cli|run)\/|verifier\/main\.ts|kernel-adapters\/linux\/(probe-child|guardian)\.ts|(engine|verifier\/sha256)\/build\.ts)/;
const BANS: Ban[] = [
  {
    pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/,
    instead: 'take a clock as an argument',
    except: EDGE,
  },
  {
    pattern: /\bMath\.random\b|\bgetRandomValues\b|\brandomBytes\(|\brandomUUID\b/,
    instead: 'take randomness as an argument',
    except: EDGE,
  },
  { pattern: /\bprocess\.(env|argv|cwd|exit)\b/, instead: 'take it as an argument', except: EDGE },
  { pattern: /\bconsole\.\w+/, instead: 'return a value', except: EDGE },
  { pattern: /\beval\(|\bnew Function\b/, instead: 'write the code down', except: /^$/ },
];

export const bans: Rule = (tree) =>
  sourcesOf(tree).flatMap(([path, text]) =>
    BANS.filter(({ except }) => !except.test(path)).flatMap(({ pattern, instead }) => {
      const found = pattern.exec(codeIn(text));
      return found ? [`${path}: ${found[0]}; ${instead}`] : [];
    }),
  );

export const silencers: Rule = (tree) =>
  sourcesOf(tree).flatMap(([path, text]) => {
    const found = /@ts-(ignore|nocheck|expect-error)|\b(oxlint|eslint)-disable(?!.* -- )/.exec(text);
    return found ? [`${path}: ${found[0]} silences a check; fix what it says, or give the reason after " -- "`] : [];
  });

export const skips: Rule = (tree) =>
  codeOf(tree)
    .filter(([path]) => path.startsWith('test/'))
    .flatMap(([path, text]) => {
      const only = [...text.matchAll(/\b(?:test|it|describe|suite)\.(?:only|todo)\b/g)];
      const skipped = [
        ...text.matchAll(/\b(?:test|it|describe|suite)\.(?:skip|skipIf\(.*?\)|runIf\(.*?\))\(\s*(?:(['"`])(.*?)\1)?/g),
      ];
      return [
        ...only.map(([call]) => `${path}: ${call} leaves tests out`),
        ...skipped
          .filter(([, , title]) => !/needs|absent/.test(title ?? ''))
          .map(([call]) => `${path}: ${call.trim()} is a skip whose title does not say what it needs`),
      ];
    });

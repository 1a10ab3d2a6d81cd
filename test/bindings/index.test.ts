// What an embedder is offered: a name more is a promise more.

import { expect, test } from 'vitest';
import * as bindings from '../../bindings/index.ts';

test('the package exports a dozen functions and classes', () => {
  expect(Object.keys(bindings).toSorted()).toEqual([
    'PlumblineError',
    'controlOf',
    'createKeys',
    'createSeed',
    'hostRuntime',
    'internEntity',
    'openKeys',
    'openSession',
    'parseTrustSet',
    'recoverLog',
    'serveControl',
    'writeSeedFile',
  ]);
});

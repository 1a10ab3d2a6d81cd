// The examples of docs/examples: policies pass their cases, grants are minted.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { inDirectory, plumb } from '../cli/plumb.ts';

const ASSISTANT = fileURLToPath(new URL('../../docs/examples/assistant', import.meta.url));

test('the assistant decides its cases, and its grant is signed and counts', () =>
  inDirectory(async (directory) => {
    const cases = await plumb(['policy', 'test', ASSISTANT, join(ASSISTANT, 'cases')], directory);
    expect(cases).toEqual({ code: 0, stdout: '1 passed, 0 failed\n', stderr: '' });
    writeFileSync(join(directory, 'trust.json'), (await plumb(['grant', 'key', 'issuer.jwk'], directory)).stdout);
    mkdirSync(join(directory, 'grants'));
    const grant = ['grant', 'plan', join(ASSISTANT, 'grant.yaml'), '--key', 'issuer.jwk', '-o', 'grants'];
    expect(await plumb(grant, directory)).toMatchObject({ code: 0, stderr: '' });
    const verified = await plumb(['grant', 'verify', 'grants/plan.grant', '--trust', 'trust.json'], directory);
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(verified.stdout).toContain('orAsk');
  }));

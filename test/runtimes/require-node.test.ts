import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../bindings/runtime/require-node.mjs', import.meta.url));

function runAs(version: string): { status: number | null; stdout: string; stderr: string } {
  const pretend = `Object.defineProperty(process, 'version', { value: '${version}' })`;
  const preload = `data:text/javascript,${encodeURIComponent(pretend)}`;
  return spawnSync(process.execPath, ['--import', preload, script], { encoding: 'utf8' });
}

test.each(['v12.22.9', 'v20.20.2', 'v22.17.9'])(
  'Node %s is refused in one line that says how to get a newer one',
  (version) => {
    const { status, stdout, stderr } = runAs(version);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain(`needs Node 22.18 or newer and found ${version.slice(1)}`);
    expect(stderr).toContain('npm rebuild --ignore-scripts=false node');
  },
);

test.each(['v22.18.0', 'v23.0.0', 'v26.10.0'])('Node %s is accepted in silence', (version) => {
  expect(runAs(version)).toMatchObject({ status: 0, stdout: '', stderr: '' });
});

test('the version it asks for is the one package.json declares', () => {
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(engines.node).toBe('>=22.18');
});

// `plumb demo`, of the example that ships. Real trajectories are demo-trajectories.test.ts.

import { describe, expect, test } from 'vitest';
import { asJson } from './demo-json.ts';
import { inDirectory, plumb } from './plumb.ts';

describe('plumb demo', () => {
  test('shows the session, why not all is allowed, and what the record is worth', async () => {
    const { code, stdout, stderr } = await inDirectory((directory) => plumb(['demo'], directory));
    expect([code, stderr]).toEqual([0, '']);
    // Colour is for terminals.
    expect(stdout).not.toContain('\x1b');
    expect(stdout).toMatch(/^ {3}8 {2}cat \.env\.production +allow {2}the session is now secret$/m);
    expect(stdout).toMatch(
      /^ {3}9 {2}block +a secret was read in this session, so nothing leaves the machine any more$/m,
    );
    expect(stdout).toMatch(/^ +http\.request env-check\.example\.net:443 {2}\[egress-after-secret\]$/m);
    expect(stdout).toMatch(/^ {2}verify {2}authenticated: /m);
    expect(stdout).toMatch(/^ {2}replay {2}replayed \d+ decision records to the same bytes$/m);
    expect(stdout).toMatch(/record \d+, 00000000\.cborseq, byte \d+/);
    expect(stdout).toMatch(/13 steps, \d+ requests: \d+ allow, \d+ approve, \d+ block\n/);
  });

  test('simulates the attack where no process can be held, and says why', async () => {
    const { code, stdout, stderr } = await inDirectory((directory) =>
      plumb(['demo'], directory, '', { PATH: directory }),
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^ {2}simulated: \S+: .+$/m);
    expect(stdout).not.toContain('the server received');
    expect(stdout).toMatch(/^ {2}it sends the config to the server +block$/m);
    expect(stdout).toMatch(/^ +policy +refused here {2}\[egress-after-secret\]$/m);
  });

  test('lets the work be done and holds what drifts from it', async () => {
    const { steps } = await asJson();
    const blocked = steps.flatMap(({ decided }, index) =>
      decided.some(({ decision }) => decision.verdict === 'block') ? [index + 1] : [],
    );
    expect(blocked).toEqual([9, 10, 12]);
    const asked = steps.flatMap(({ decided }, index) =>
      decided.some(({ decision }) => decision.verdict === 'approve') ? [index + 1] : [],
    );
    expect(asked).toEqual([10, 11]);
  });
});

// `plumb demo` of trajectories that agents really took: in the first ring of one of them.

import { globSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ofRing } from '../ring.ts';
import { describeShared } from '../shared.ts';
import { asJson } from './demo-json.ts';

describeShared('real trajectories', 'traces/swe-agent', (directory) => {
  const files = globSync('**/*.traj', { cwd: directory }).toSorted();
  test.each(ofRing(files, (file) => file === files[0]))('%s is decided, verified and replayed', async (file) => {
    const { steps, verified, replayed, tampered } = await asJson(join(directory, file));
    const requests = steps.flatMap(({ decided }) => decided).length;
    expect([verified.status, replayed.status, replayed.replayed]).toEqual(['authenticated', 'authenticated', requests]);
    expect(tampered.fault).toBeDefined();
  });
});

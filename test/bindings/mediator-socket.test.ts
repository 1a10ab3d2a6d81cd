// What the mediator's socket takes for requests, before the session is asked.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { askLine } from '../../bindings/line-channel.ts';
import { serveMediator } from '../../bindings/mediator-socket.ts';
import { inTemporary } from './setting.ts';

const GOOD = { effect: 'changes', arguments: '0a'.repeat(32), target: 'ann@home.example', targetKind: 'recipient' };

test("takes of a tool's call only what an approver can be shown", () =>
  inTemporary(async (directory) => {
    const path = join(directory, 'socket');
    const channel = await serveMediator(path, { type: 'Agent', id: 'a' }, ({ requests }) =>
      Promise.resolve({ taken: requests.length }),
    );
    const ask = async (context: object, action: unknown = 'mcp.call'): Promise<unknown> =>
      JSON.parse(await askLine(path, { requests: [{ action, resource: { type: 'Tool', id: 'mail/send' }, context }] }));
    try {
      expect(await ask(GOOD)).toEqual({ taken: 1 });
      expect(await ask({ effect: 'reads' }, 'tool.call')).toEqual({ taken: 1 });
      // Of other actions these say something else.
      expect(await ask({ ...GOOD, arguments: '-x' }, 'process.exec')).toEqual({ taken: 1 });
      for (const [name, wrong] of [
        ['arguments', `${GOOD.arguments}, amount 4`],
        ['arguments', GOOD.arguments.toUpperCase()],
        ['arguments', 4],
        ['effect', 'reads, target bob'],
        ['targetKind', 'recipient (origin: objective)'],
        ['targetKind', ['recipient']],
      ] as const) {
        for (const action of ['tool.call', { type: 'Action', id: 'mcp.call' }]) {
          expect(await ask({ ...GOOD, [name]: wrong }, action), `${name} ${JSON.stringify(wrong)}`).toMatchObject({
            error: { code: 'mediator-malformed', message: expect.stringMatching(`^${name} must be `) },
          });
        }
      }
    } finally {
      await channel.close();
    }
  }));

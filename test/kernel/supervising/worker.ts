// Owns: the supervisor in its thread, with rules for a mediator.

import { writeSync } from 'node:fs';
import { receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import type { SuperviseOptions } from '../../../kernel-adapters/linux/supervisor/supervise.ts';
import { hostSys, supervise } from '../built-adapter.ts';
import { mediator, type Rule } from './rules.ts';

interface Given extends Pick<
  SuperviseOptions,
  'listenerFd' | 'heartbeatFd' | 'wakeFd' | 'protect' | 'profiles' | 'approveTimeoutMs' | 'selfPids'
> {
  port: MessagePort;
  rules: Rule[];
  eventsFd: number | undefined;
  decisions: boolean;
}

const given = workerData as Given;
const tell = (event: object): void => {
  if (given.eventsFd !== undefined) writeSync(given.eventsFd, `${JSON.stringify(event)}\n`);
};
const approved = new Set<string>();
const supervisor = supervise({
  ...given,
  sys: await hostSys(),
  mediate: mediator(given.rules, approved, (requests, verdict) => {
    if (!given.decisions) return;
    const decided = requests.map(({ action, resource }) => `${action} ${resource.id}`);
    const contents = requests.flatMap(({ context }) => context['content'] ?? []);
    tell({ decided, verdict, ...(contents.length > 0 && { contents }) });
  }),
  redeem: () => false,
  now: () => performance.now(),
  date: () => Date.now(),
  onWake() {
    for (let got = receiveMessageOnPort(given.port); got; got = receiveMessageOnPort(given.port)) {
      const message = got.message as { approve?: string; cut?: true; list?: true; stop?: true };
      if (message.approve !== undefined) {
        approved.add(message.approve);
        tell({ answered: supervisor.answer(message.approve) });
      }
      if (message.list) tell({ connections: supervisor.connections() });
      if (message.cut) tell({ cut: supervisor.cut() });
      if (message.stop) supervisor.stop();
    }
  },
  onEvent: (event) => tell(event.event === 'fault' ? { ...event, error: (event.error as Error).stack } : event),
});
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of a channel has no origin
given.port.postMessage('ready');
tell({ run: supervisor.run() });

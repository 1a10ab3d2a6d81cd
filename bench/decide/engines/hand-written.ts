// Owns: the same rules as one would write them by hand in JavaScript, over a list and over an index. They are handed
// what the core is handed (text), work out labels and ancestors by themselves, and give the strict verdict; no checks
// of the input, no bytes, no reasons, no errors.

import type { Contender, Prepare } from '../contender.ts';
import type { Answer } from '../reference.ts';
import type { FileRequest, Label, Rule } from '../workload.ts';

const isBelow = (path: string, ancestor: string): boolean =>
  ancestor === '/' ||
  (path.length > ancestor.length && path.charCodeAt(ancestor.length) === 0x2f && path.startsWith(ancestor));

function labelsOf({ action, path }: FileRequest): Set<Label> {
  const labels = new Set<Label>();
  if (path.includes('/.ssh/') || path.endsWith('/.ssh')) labels.add('secret');
  if (path.includes('/downloads/') || path.endsWith('/downloads')) labels.add('untrusted');
  if (path.endsWith('/bundle.min.js')) labels.add('generated');
  if (isBelow(path, '/srv/tenant-0')) labels.add('deployment');
  if (action !== 'file.read') labels.add('intent:modify');
  if (action === 'file.delete') labels.add('intent:destroy');
  return labels;
}

/** Collects the rules that match into one answer. */
class Tally {
  #permitted = false;
  #forbidden = false;
  #soft = 'allow';

  add({ effect, verdict }: Rule): void {
    if (effect === 'permit') this.#permitted = true;
    else if (verdict === undefined) this.#forbidden = true;
    else if (this.#soft !== 'approve') this.#soft = verdict;
  }

  answer(): Answer {
    if (this.#forbidden || !this.#permitted) return { allow: false, verdict: 'block' };
    return { allow: this.#soft === 'allow', verdict: this.#soft };
  }
}

const conditionHolds = ({ requires, excludes }: Rule, { resolved }: FileRequest, labels: Set<Label>): boolean =>
  (requires === undefined || (requires === 'resolved' ? resolved : labels.has(requires))) &&
  (excludes === undefined || !labels.has(excludes));

function contender(requests: FileRequest[], decideOne: (request: FileRequest) => Answer): Contender {
  const decide = (index: number): Answer => decideOne(requests[index]!);
  return { decide, answer: decide };
}

export const prepareLinear: Prepare = ({ rules, requests }) =>
  contender(requests, (request) => {
    const labels = labelsOf(request);
    const tally = new Tally();
    for (const rule of rules) {
      if (
        rule.action === request.action &&
        isBelow(request.path, rule.directory) &&
        isBelow(request.agent, rule.task) &&
        conditionHolds(rule, request, labels)
      )
        tally.add(rule);
    }
    return tally.answer();
  });

export const prepareIndexed: Prepare = ({ rules, requests }) => {
  const index = new Map(
    [...Map.groupBy(rules, ({ directory }) => directory)].map(
      ([directory, found]) => [directory, Map.groupBy(found, ({ action }) => action)] as const,
    ),
  );
  return contender(requests, (request) => {
    const labels = labelsOf(request);
    const tally = new Tally();
    for (
      let end = request.path.lastIndexOf('/');
      end >= 0;
      end = end > 0 ? request.path.lastIndexOf('/', end - 1) : -1
    ) {
      const found = index.get(end === 0 ? '/' : request.path.slice(0, end))?.get(request.action);
      if (found === undefined) continue;
      for (const rule of found) {
        if (isBelow(request.agent, rule.task) && conditionHolds(rule, request, labels)) tally.add(rule);
      }
    }
    return tally.answer();
  });
};

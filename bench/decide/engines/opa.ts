// Owns: OPA: Rego compiled to WebAssembly by OPA's own compiler, run by its own loader. It is handed labels and
// ancestors ready-made.

import { readFileSync } from 'node:fs';
import { loadPolicy } from '@open-policy-agent/opa-wasm';
import type { Prepare } from '../contender.ts';
import { know } from '../reference.ts';
import { OPA_POLICY } from '../toolchains.ts';
import type { Rule } from '../workload.ts';

/** 128 MiB: what 10,000 rules and an input take. */
const PAGES = 2048;
/** In place of what a rule does not require, or exclude. */
const ALWAYS = 'always';
const NEVER = 'never';

export const prepareOpa: Prepare = async ({ rules, requests }) => {
  const policy = await loadPolicy(readFileSync(OPA_POLICY), { initial: PAGES });
  policy.setData({ rules: { permit: indexed(rules, 'permit'), forbid: indexed(rules, 'forbid') } });
  const inputs = requests.map(know).map(({ action, tasks, directories, facts }) => ({
    action,
    directories,
    tasks: truths(tasks),
    facts: truths([ALWAYS, ...facts]),
  }));
  const decide = (index: number): unknown => policy.evaluate(inputs[index]!);
  return {
    decide,
    answer(index) {
      const [found] = decide(index) as { result: boolean }[];
      if (found === undefined) throw new Error(`OPA gives no answer to request ${index}`);
      return { allow: found.result };
    },
  };
};

const truths = (names: string[]): Record<string, true> => Object.fromEntries(names.map((name) => [name, true]));

function indexed(rules: Rule[], effect: Rule['effect']): object {
  const index: Record<string, Record<string, object[]>> = {};
  for (const { task, action, directory, requires, excludes } of rules.filter((rule) => rule.effect === effect)) {
    ((index[directory] ??= {})[action] ??= []).push({
      task,
      requires: requires ?? ALWAYS,
      excludes: excludes ?? NEVER,
    });
  }
  return index;
}

// Owns: casbin. It is handed labels ready-made; the chain of tasks is its role hierarchy, paths are compared by a
// function.

import { newEnforcer, newModelFromString, StringAdapter } from 'casbin';
import type { Prepare } from '../contender.ts';
import { know } from '../reference.ts';

const MODEL = `
[request_definition]
r = sub, act, path, facts
[policy_definition]
p = sub, act, dir, requires, excludes, eft
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.act == p.act && within(r.path, p.dir) && holds(r.facts, p.requires, p.excludes) && g(r.sub, p.sub)
`;

const NOTHING = '-';

export const prepareCasbin: Prepare = async ({ rules, requests }) => {
  const known = requests.map(know);
  const policies = rules.map(({ effect, task, action, directory, requires, excludes }) =>
    [
      'p',
      task,
      action,
      directory,
      requires ?? NOTHING,
      excludes ?? NOTHING,
      effect === 'permit' ? 'allow' : 'deny',
    ].join(', '),
  );
  const roles = new Set(
    known.flatMap(({ tasks, agent }) => [...tasks, agent].flatMap((name, index, all) => link(name, all[index - 1]))),
  );
  const enforcer = await newEnforcer(newModelFromString(MODEL), new StringAdapter([...policies, ...roles].join('\n')));
  await enforcer.addFunction('within', (path: string, directory: string) => path.startsWith(`${directory}/`));
  await enforcer.addFunction(
    'holds',
    (facts: ReadonlySet<string>, requires: string, excludes: string) =>
      (requires === NOTHING || facts.has(requires)) && !facts.has(excludes),
  );
  const calls = known.map(({ agent, action, path, facts }) => [agent, action, path, new Set(facts)] as const);
  const decide = (index: number): boolean => enforcer.enforceSync(...calls[index]!);
  return { decide, answer: (index) => ({ allow: decide(index) }) };
};

const link = (name: string, parent: string | undefined): string[] =>
  parent === undefined ? [] : [`g, ${name}, ${parent}`];

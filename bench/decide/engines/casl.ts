// Owns: CASL. It is handed labels and ancestors ready-made, as fields of the subject. Of its rules the last that
// matches decides, so forbids come last.

import { createMongoAbility, subject } from '@casl/ability';
import type { Prepare } from '../contender.ts';
import { know } from '../reference.ts';
import type { Rule } from '../workload.ts';

export const prepareCasl: Prepare = ({ rules, requests }) => {
  const permits = rules.filter(({ effect }) => effect === 'permit');
  const forbids = rules.filter(({ effect }) => effect === 'forbid');
  const ability = createMongoAbility([...permits, ...forbids].map(caslRule));
  const calls = requests
    .map(know)
    .map(({ action, tasks, directories, facts }) => ({ action, file: subject('File', { tasks, directories, facts }) }));
  const decide = (index: number): boolean => {
    const { action, file } = calls[index]!;
    return ability.can(action, file);
  };
  return { decide, answer: (index) => ({ allow: decide(index) }) };
};

/** A value asked of a list means that the list holds it. */
const caslRule = ({ effect, task, action, directory, requires, excludes }: Rule) => ({
  action,
  subject: 'File',
  inverted: effect === 'forbid',
  conditions: {
    tasks: task,
    directories: directory,
    ...(requires === undefined && excludes === undefined
      ? {}
      : { facts: { ...(requires && { $eq: requires }), ...(excludes && { $ne: excludes }) } }),
  },
});

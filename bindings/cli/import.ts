// Owns: `plumb import`: another program's record of an agent, as requests.

import type { Command } from 'commander';
import { PlumblineError } from '../error.ts';
import { readTrajectory, type Trajectory } from '../../kernel-adapters/trajectories/swe-agent.ts';
import { readInput } from './input.ts';
import { writeJson } from './output.ts';

export function addImport(program: Command): void {
  program
    .command('import')
    .description('turn the record of an agent into requests')
    .command('swe-agent')
    .description('a SWE-agent trajectory')
    .argument('<FILE>', 'a .traj file; - is standard input')
    .option('--json', 'the output is JSON lines in any case')
    .addHelpText(
      'after',
      '\nPrints one request, or one transaction as an array, per line, in the order of the steps. What the text of a command does not\n' +
        'tell is marked `dynamic`. `ref` says which step a request is from.\n\n' +
        'Example: plumb import swe-agent run.traj | plumb decide --policy coding-agent',
    )
    .action(async (file: string) => {
      for (const { items } of importTrajectory(await readInput(file), file).steps) {
        for (const item of items) if (!(await writeJson(item))) return;
      }
    });
}

/** The trajectory in a file's text. @throws {PlumblineError} `not-a-trajectory` */
export function importTrajectory(text: string, file: string): Trajectory {
  const trajectory = readTrajectory(text);
  if ('steps' in trajectory) return trajectory;
  throw new PlumblineError(trajectory.code, `${file}: ${trajectory.message}`, { hint: trajectory.hint });
}

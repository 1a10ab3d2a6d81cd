// Owns: `plumb policy check`: what is wrong with a policy, or should not be shipped, and where.

import type { Command } from 'commander';
import { lint } from '../../../engine/compiler/index.ts';
import { write, writeJson } from '../output.ts';
import { authorityOption, POLICY_HELP, type Authority } from '../policy-option.ts';
import { describeDiagnostic, readSources } from '../policy-source.ts';

const FINDINGS = 1;

export function addCheck(policy: Command): void {
  policy
    .command('check')
    .description("Cedar's strict validation, its warnings included, and our own lints")
    .argument('<P>', POLICY_HELP)
    .addOption(authorityOption())
    .option('--json', 'the findings as JSON')
    .addHelpText('after', '\nExit: 0 nothing found, 1 findings, 2 usage\n\nExample: plumb policy check ./my-policy')
    .action(async (name: string, { authority, json }: { authority?: Authority; json?: true }) => {
      const findings = lint(readSources(name, authority));
      if (findings.length > 0) process.exitCode = FINDINGS;
      if (json) return void (await writeJson({ policy: name, findings }));
      for (const finding of findings) {
        const hint = finding.hint === undefined ? '' : `  hint: ${finding.hint}\n`;
        await write(`${describeDiagnostic(finding)}\n${hint}\n`);
      }
      await write(`${name}: ${findings.length === 1 ? '1 finding' : `${findings.length} findings`}\n`);
    });
}

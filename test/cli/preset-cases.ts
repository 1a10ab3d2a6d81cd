// Owns: the cases of the preset coding-agent, run under given sources.

import { fileURLToPath } from 'node:url';
import { runCases } from '../../bindings/cli/policy/test.ts';
import { hostRuntime } from '../../bindings/runtime/index.ts';
import { compile, type PolicySources } from '../../engine/compiler/index.ts';

const CASES = fileURLToPath(new URL('../../bindings/presets/coding-agent/cases', import.meta.url));

export const failuresUnder = async (sources: PolicySources): Promise<unknown[]> => {
  const compiled = compile(sources);
  if (!('policy' in compiled)) throw new Error(JSON.stringify(compiled.diagnostics));
  return (await runCases(CASES, compiled.policy, await hostRuntime())).failures;
};

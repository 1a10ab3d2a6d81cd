// Owns: the options by which verbs take a policy. Excludes: reading it (policy-source.ts), which loads the compiler.

import { Option } from 'commander';

export const AUTHORITIES = ['none', 'required'] as const;
export type Authority = (typeof AUTHORITIES)[number];

export const POLICY_HELP =
  'a preset (coding-agent, run), a directory with policy.cedar and policy.json, or a .cedar file';

/** `--authority`, for verbs that take a policy. */
export const authorityOption = (): Option =>
  new Option('--authority <A>', 'with a .cedar file: whether requests need authority').choices(AUTHORITIES);

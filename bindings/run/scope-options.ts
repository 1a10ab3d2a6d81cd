// Owns: the options that state what a run may do, and what is asked of them before anything is started.
// Excludes: making a grant of them (authority.ts).

import { home } from '../home.ts';
import { kernelPath } from './paths.ts';

export interface ScopeOptions {
  objective?: string;
  expires?: string;
  read?: string[];
  write?: string[];
  exec?: string[];
  connect?: string[];
  listen?: string[];
  dynamic?: true;
}

const SCOPE_NAMES = ['read', 'write', 'exec', 'connect', 'listen'] as const;

/** Whether a scope was typed. */
export const hasScope = (options: ScopeOptions): boolean => SCOPE_NAMES.some((name) => options[name] !== undefined);

/** Whether a directory is the person's home, or contains it. */
export const isAtHome = (directory: string): boolean => `${kernelPath(home())}/`.startsWith(directory);

// Owns: what an engine under measurement offers.

import type { Answer } from './reference.ts';
import type { Workload } from './workload.ts';

export interface Contender {
  /** Decides the workload's request `index`. This is what is timed. */
  decide(index: number): unknown;
  /** The same, with the answer read out. */
  answer(index: number): Answer;
}

/** Loads rules and whatever of the requests the engine is handed ready-made. */
export type Prepare = (workload: Workload) => Contender | Promise<Contender>;

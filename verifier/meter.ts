// Owns: the progress of a verification, as a line of text.
import { PROGRESS_KIB, PROGRESS_RECORDS } from './log/segment.ts';
import type { Progress } from './log/segment.ts';

/** `bytes`: of all segments. `elapsedMs`: since the first. */
export function meter(progress: Progress, bytes: number, elapsedMs: number): string {
  const records = Atomics.load(progress, PROGRESS_RECORDS);
  const done = Atomics.load(progress, PROGRESS_KIB) * 1024;
  const perSecond = Math.round((records * 1000) / Math.max(elapsedMs, 1));
  const line = `${thousands(records)} records, ${thousands(perSecond)}/s`;
  if (done === 0) return line;
  const leftS = Math.ceil((Math.max(bytes - done, 0) * elapsedMs) / done / 1000);
  const left = leftS < 60 ? `${leftS} s` : `${Math.ceil(leftS / 60)} min`;
  return `${line}, ${left} left`;
}

function thousands(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

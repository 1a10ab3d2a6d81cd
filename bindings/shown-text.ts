// Owns: which characters no text may hold that a person is to judge by its looks: the controls of SPEC §11.1.

const CONTROLS = '\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\u2028\\u2029';
const CONTROL = new RegExp(`[${CONTROLS}]`, 'u');
const RUNS = new RegExp(`[${CONTROLS}]+`, 'gu');

/**
 * Whether all characters show. Characters that are not assigned yet count as such, so that versions of Unicode agree.
 */
export const isShown = (text: string): boolean => !CONTROL.test(text);

/** The text with a space for what does not show. */
export const shown = (text: string): string => text.replace(RUNS, ' ');

// Owns: the form of a log's origin and of a signer's name (SPEC §9.2): what a checkpoint can state (C2SP signed-note).

/** 1-128 printable ASCII characters without space and +. */
export const isOrigin = (text: string): boolean => /^[!-*,-~]{1,128}$/.test(text);

// Owns: what the bindings offer about authority.

export type { AuthorityOptions } from './authority.ts';
export { chainFault, verifyChain } from './chain.ts';
export { mintPlan, parseDraft } from './draft.ts';
export { mint, readGrant, type Draft, type Grant, type GrantCode, type GrantRefusal } from './grant.ts';
export { createIssuerKey, IssuerKey, parseTrustSet, readIssuerKey, TrustSet } from './issuer-key.ts';
export { layerText } from './layer.ts';
export { recompiledLayers } from './recompile.ts';
export { GRANT_LEVELS, type GrantLevel } from './level.ts';
export type { Scope, ScopeJson } from './scope.ts';

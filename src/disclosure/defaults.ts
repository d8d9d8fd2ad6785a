/**
 * The `standard` profile where the access body chooses nothing else. The budget is the largest round one at which every
 * attack of test/attacks that does not know everybody else stays under an advantage of 0.15 with its confidence limit
 * (docs/privacy.md): eight count tables at variance 40, twenty at variance 100.
 */
export const standardDefaults = { k: 10, variance: 40, rounding: 5, rho: 0.2 } as const

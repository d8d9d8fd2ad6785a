/**
 * The `standard` profile where the access body chooses nothing else. The budget is the largest round one at which every
 * attack of test/attacks that does not know everybody else stays under an advantage of 0.15 with its confidence limit.
 * The strongest of them gives everybody but the target a constant and reads one sum: it needs half the budget for
 * nothing else and so reaches mu = sqrt(rho). Four statistics at variance 40, ten at variance 100.
 */
export const standardDefaults = { k: 10, variance: 40, rounding: 5, rho: 0.1 } as const

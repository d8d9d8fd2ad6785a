/**
 * The `standard` profile where the access body chooses nothing else: six statistics at variance 100. The budget is the
 * largest at which every attack of test/attacks that does not know everybody else stays under an advantage of 0.15 with its
 * confidence limit. The strongest of them gives everybody but the target a constant and reads sums: it comes near the
 * worst case without knowing anybody, so what holds against it is the bound itself.
 */
export const standardDefaults = { k: 10, variance: 100, rounding: 5, rho: 0.06 } as const

/**
 * Whether an automatic release is looked at afterwards, 73(2): one in `oneIn`, by a keyed hash of its digest, so that
 * neither the researcher nor a value in the table can choose. The same output is always chosen, or never.
 */
export function isSampled(blind: (text: string) => string, digest: string, oneIn: number): boolean {
  if (!(oneIn >= 1)) return false
  // 52 bits: exact as a number, and the bias of the remainder is below 1e-9 for any oneIn of use.
  return Number.parseInt(blind(`airlock-sample:${digest}`).slice(0, 13), 16) % oneIn === 0
}

/**
 * Which Patient records are one human (FHIR R4 Patient.link, any type): union-find over the pairs. Answers, for every
 * record that is linked at all, the smallest id of its group. Identifiers are never compared: a wrong match would join
 * two humans without anyone having said so.
 */
export function groups(links: readonly (readonly [string, string])[]): ReadonlyMap<string, string> {
  const parent = new Map<string, string>()
  const root = (id: string): string => {
    let at = id
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) {
      parent.set(at, parent.get(up) ?? up)
      at = parent.get(at) ?? up
    }
    return at
  }
  for (const [a, b] of links) {
    for (const id of [a, b]) if (!parent.has(id)) parent.set(id, id)
    const [x, y] = [root(a), root(b)]
    if (x < y) parent.set(y, x)
    else parent.set(x, y)
  }
  return new Map([...parent.keys()].map((id) => [id, root(id)]))
}

/** Whoever comes while a step is running shares the next one: under load one signature covers many events. */
export function coalesced(step: () => Promise<void>): () => Promise<void> {
  let last: Promise<unknown> = Promise.resolve()
  let waiting: Promise<void> | undefined
  return () => {
    if (waiting !== undefined) return waiting
    const next = last.then(() => {
      waiting = undefined
      return step()
    })
    waiting = next
    last = next.catch(() => undefined)
    return next
  }
}

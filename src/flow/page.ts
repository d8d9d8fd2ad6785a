import type { Page, Versioned } from '../domain/capabilities.ts'

/** What every long list takes: at most `limit` items, those after the `next` of the page before. */
export type PageOf = Readonly<{ limit: number; after?: string | undefined }>

export const pageOptions = (page: PageOf, where: Readonly<Record<string, string>> = {}) => ({
  where,
  limit: page.limit,
  ...(page.after === undefined ? {} : { after: page.after }),
})

export const values = <T>({ items, next }: Page<Versioned<T>>): Page<T> => ({
  items: items.map((it) => it.value),
  ...(next === undefined ? {} : { next }),
})

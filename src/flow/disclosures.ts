import type { Page } from '../domain/capabilities.ts'
import { need } from './gate.ts'
import type { House } from './house.ts'
import { type PageOf, pageOptions } from './page.ts'

/** An exact release over a dataset, with what identifies it and no figure. */
export type Disclosure = Readonly<{
  at: string
  lineage: 'unbounded'
  output: string
  permit: string
  run: string
  digest: string
}>

/** The `reviewed` releases of a dataset, newest first: the lineage's V = 0 disclosures (design/disclosure.md, profiles). */
export async function listDisclosures(
  house: House,
  dataset: string,
  page: PageOf,
): Promise<Page<Disclosure>> {
  await need(house, 'dataset', dataset)
  const { limit, ...rest } = pageOptions(page)
  const { items, next } = await house.store.events({
    about: `dataset/${dataset}`,
    type: 'lineage-disclosed',
    limit,
    ...('after' in rest ? { after: rest.after } : {}),
  })
  return {
    items: items.map(({ at, facts }) => ({
      at,
      lineage: 'unbounded',
      output: String(facts['output']),
      permit: String(facts['permit']),
      run: String(facts['run']),
      digest: String(facts['digest']),
    })),
    ...(next === undefined ? {} : { next }),
  }
}

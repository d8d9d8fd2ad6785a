import type { DatasetRecord, Page } from '../domain/capabilities.ts'
import { need } from './gate.ts'
import type { House } from './house.ts'
import { type PageOf, pageOptions, values } from './page.ts'

/** The catalogue is metadata about data: no figure about persons, so it needs no permit. */
export const listDatasets = async (house: House, page: PageOf): Promise<Page<DatasetRecord>> =>
  values(await house.store.list('dataset', pageOptions(page)))

export const getDataset = async (house: House, id: string): Promise<DatasetRecord> =>
  (await need(house, 'dataset', id)).value

import type { DatasetRecord } from '../domain/capabilities.ts'
import type { ColumnSpec } from '../domain/dataset.ts'
import { getDataset, listDatasets } from '../flow/catalogue.ts'
import { listDisclosures } from '../flow/disclosures.ts'
import type { House } from '../flow/house.ts'
import { viewLineage } from '../flow/lineage.ts'
import { shownSnapshot } from '../flow/permit.ts'
import { dataset, lineage, page } from './answer.ts'
import { disclosure } from './answer-review.ts'
import { plain } from './plain.ts'
import { metadata } from './reply.ts'
import { param, type Route, route } from './route.ts'
import { pageQuery } from './schema.ts'

const everyone = ['data-holder', 'data-user', 'access-body', 'output-checker', 'auditor'] as const

export const datasetRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/datasets',
    summary: 'The catalogue: datasets with their dictionary, without a figure about persons',
    roles: everyone,
    query: pageQuery,
    answer: page(dataset),
    handle: async (house, { query }) => {
      const { items, next } = await listDatasets(house, query)
      return metadata(page(dataset), {
        items: items.map((it) => view(it, house)),
        ...(next === undefined ? {} : { next }),
      })
    },
  }),
  route({
    method: 'get',
    path: '/datasets/:id',
    summary: 'One dataset',
    roles: everyone,
    answer: dataset,
    handle: async (house, call) =>
      metadata(dataset, view(await getDataset(house, param(call, 'id')), house)),
  }),
  route({
    method: 'get',
    path: '/datasets/:id/disclosures',
    summary: 'Exact releases over this dataset, newest first: what no bound covers',
    roles: ['access-body', 'auditor'],
    query: pageQuery,
    answer: page(disclosure),
    handle: async (house, call) =>
      metadata(
        page(disclosure),
        plain(await listDisclosures(house, param(call, 'id'), call.query)),
      ),
  }),
  route({
    method: 'get',
    path: '/datasets/:id/lineage',
    summary: 'What all permits together have spent on a dataset, over all its snapshots',
    roles: ['access-body', 'data-holder', 'auditor'],
    answer: lineage,
    handle: async (house, call) =>
      metadata(lineage, plain(await viewLineage(house, call.actor, param(call, 'id')))),
  }),
]

function view(record: DatasetRecord, house: House) {
  const { dictionary } = house
  const snapshot = record.snapshots.at(-1)
  return {
    id: record.id,
    title: record.title,
    holder: record.holder,
    snapshot: snapshot === undefined ? '' : shownSnapshot(house, snapshot.digest),
    loadedAt: snapshot?.loadedAt ?? '',
    tables: dictionary.map((table) => ({
      name: table.name,
      meaning: table.meaning,
      rowsPerPerson: table.rowsPerPerson.kind,
      columns: table.columns.map(columnView),
    })),
  }
}

const columnView = (it: ColumnSpec) => ({
  name: it.name,
  type: it.type,
  meaning: it.meaning,
  ...(it.unit === undefined ? {} : { unit: it.unit }),
  ...(it.codeSystem === undefined ? {} : { codeSystem: it.codeSystem }),
  ...(it.domain.kind === 'enum' || (it.domain.kind === 'codes' && it.domain.values !== undefined)
    ? { values: [...(it.domain.values ?? [])] }
    : {}),
})

import { type Shape, shapeOf } from './shape.ts'
import { subjectElement } from './subject.ts'
import type { LoadView, Read } from './view.ts'

/** What the loader itself reads of every resource, and of Patient and Consent besides. */
export const columnsOf: Readonly<Record<'Patient' | 'Consent', string>> = {
  Patient:
    `{"id": 'VARCHAR', "active": 'BOOLEAN', "meta": 'STRUCT("lastUpdated" VARCHAR)', ` +
    `"link": 'STRUCT("other" STRUCT("reference" VARCHAR), "type" VARCHAR)[]'}`,
  Consent:
    `{"id": 'VARCHAR', "status": 'VARCHAR', "patient": 'STRUCT("reference" VARCHAR)', ` +
    `"scope": 'STRUCT("coding" STRUCT("system" VARCHAR, "code" VARCHAR)[])', ` +
    `"category": 'STRUCT("coding" STRUCT("system" VARCHAR, "code" VARCHAR)[])[]', ` +
    `"provision": 'STRUCT("type" VARCHAR, "provision" STRUCT("type" VARCHAR)[])'}`,
}

/** `id` and the subject's reference: what the census reads of other types. */
export const subjectColumns = (element: string): string =>
  `{"id": 'VARCHAR', ${JSON.stringify(element)}: 'STRUCT("reference" VARCHAR)'}`

const read = (path: string, type: string): Read => {
  const keys = path.split('.')
  return {
    path: keys.map((k) => k.replace('*', '')),
    lists: keys.map((k) => k.endsWith('*')),
    type,
  }
}
const own: Readonly<Record<string, readonly Read[]>> = {
  Patient: [
    read('active', 'boolean'),
    read('link*.other.reference', 'string'),
    read('link*.type', 'code'),
  ],
  Consent: [
    read('status', 'code'),
    read('scope.coding*.system', 'uri'),
    read('scope.coding*.code', 'code'),
    read('category*.coding*.system', 'uri'),
    read('category*.coding*.code', 'code'),
    read('provision.type', 'code'),
    read('provision.provision*.type', 'code'),
  ],
}

/** Per resource type, the JSON that views and loader rely on. */
export function shapesOf(views: readonly LoadView[]): Readonly<Record<string, Shape>> {
  const types = new Set(['Patient', 'Consent', ...views.map((v) => v.resource)])
  return Object.fromEntries(
    [...types].map((type) => {
      const subject = subjectElement(type)
      const reads = [
        read('id', 'id'),
        read('meta.lastUpdated', 'instant'),
        ...(subject === undefined ? [] : [read(`${subject}.reference`, 'string')]),
        ...(own[type] ?? []),
        ...views.filter((v) => v.resource === type).flatMap((v) => v.reads),
      ]
      return [type, shapeOf(reads)]
    }),
  )
}

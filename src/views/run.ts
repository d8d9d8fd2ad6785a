import { Problem } from '../domain/problem.ts'
import { type CompiledView, compileView } from './compile.ts'
import { text } from './sql.ts'

/** As the loader: longer lines are no FHIR resource of ours. */
const LONGEST = 33 * 1024 * 1024

/**
 * One statement that runs a view over NDJSON files, plain or gzip, for `vitrine view run FILE --data DIR`: fixtures and
 * dummy data only, since its rows are records of persons. Of `files` (paths) those are read whose name says that they
 * hold the view's resource. Throws `view-invalid`, and `invalid-input` where no file holds it.
 */
export function viewOver(view: unknown, files: readonly string[]): CompiledView {
  const { resource } = compileView(view, { source: "''" })
  const own = files.filter((file) => holdsResource(file, resource))
  if (own.length === 0)
    throw new Problem('invalid-input', {
      rule: 'no-file-of-resource',
      place: resource,
      reason: `No file here is named as one of ${resource}.`,
      fix: `Name it ${resource}.ndjson, or give another folder.`,
    })
  const source = `[${own.map(text).join(', ')}]`
  return compileView(view, {
    source,
    relation: (columns) =>
      `read_ndjson(${source}, columns = ${columns}, maximum_object_size = ${LONGEST})`,
  })
}

/** Whether a file is named as Bulk Data names those of this type: Patient.ndjson, 1.Patient.ndjson.gz, Patient.000.ndjson. */
export function holdsResource(file: string, resource: string): boolean {
  const name = file.slice(file.lastIndexOf('/') + 1)
  return new RegExp(`^(\\d+\\.)?${resource}([._-]\\d+)?\\.ndjson(\\.gz)?$`).test(name)
}

import { bench, present, suites, vectors, verdict } from './views-suite.ts'

/** `npm run -s conformance`: the official SQL on FHIR tests against the real engine. */
if (!present) {
  console.error(`skipped: ${vectors} is missing`)
  process.exit(process.env['VITRINE_REQUIRE'] ? 1 : 0)
}
const { run, close } = await bench()
let [passed, failed] = [0, 0]
for (const { file, ndjson, tests } of suites()) {
  for (const test of tests) {
    const fault = await run(test.view, ndjson).then(
      (outcome) => verdict(test, outcome),
      (error: unknown) => `bug: ${error instanceof Error ? error.message : 'unknown'}`,
    )
    if (fault === undefined) passed++
    else {
      failed++
      console.error(`${file}: ${test.title}: ${fault}`)
    }
  }
}
close()
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

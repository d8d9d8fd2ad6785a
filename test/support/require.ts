/** What an optional part is called and which command adds it. */
const parts: Readonly<Record<string, string>> = {
  opa: 'go install github.com/open-policy-agent/opa@v1.22.2',
  bwrap: 'apt-get install bubblewrap',
  landlock: 'a Linux kernel with Landlock (5.13 or newer) and perl-base',
  python: 'apt-get install python3-numpy python3-pandas',
  r: 'apt-get install r-base-core r-cran-survival',
  postgres: 'apt-get install postgresql, then set DATABASE_URL',
  shared: 'a folder ../shared with the official test vectors',
  chromium: 'apt-get install chromium',
}

/**
 * Says whether an optional part is here. Where it is absent, one line names the command that adds it, and
 * `VITRINE_REQUIRE=name,...` (or `all`) turns the skip into a failure.
 */
export function available(name: string, present: boolean): boolean {
  if (present) return true
  const required = (process.env['VITRINE_REQUIRE'] ?? '').split(',')
  const how = parts[name] ?? name
  if (required.includes(name) || required.includes('all'))
    throw new Error(`VITRINE_REQUIRE: ${name} is missing; add it with: ${how}`)
  console.log(`skipped: ${name} is missing; add it with: ${how}`)
  return false
}

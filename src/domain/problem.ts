/**
 * Every way Vitrine says no, in one table (RFC 9457 problem details).
 * `status` answers HTTP, `exit` answers the shell; nothing else may decide either.
 * `fix` is the one concrete next step when the thrower knows no better one.
 */
const problems = {
  // the door
  'malformed-json': {
    status: 400,
    exit: 2,
    title: 'The body is not JSON',
    fix: 'Send one JSON object.',
  },
  'invalid-input': {
    status: 422,
    exit: 2,
    title: 'A field is missing, unknown or out of range',
    fix: 'Correct the named field; /openapi.json has the schema.',
  },
  'too-large': {
    status: 413,
    exit: 2,
    title: 'The input is larger than the limit',
    fix: 'Send less than the stated limit.',
  },
  'unsupported-media-type': {
    status: 415,
    exit: 2,
    title: 'The body is not application/json',
    fix: 'Set content-type: application/json.',
  },
  'not-found': {
    status: 404,
    exit: 4,
    title: 'There is no such thing, or it is not yours to see',
    fix: 'Check the identifier.',
  },
  'method-not-allowed': {
    status: 405,
    exit: 2,
    title: 'This address does not take that method',
    fix: 'See /openapi.json.',
  },
  usage: {
    status: 400,
    exit: 2,
    title: 'The command was not understood',
    fix: 'Run it with --help.',
  },
  // who
  'token-missing': {
    status: 401,
    exit: 10,
    title: 'A bearer token is needed',
    fix: 'Send authorization: Bearer TOKEN.',
  },
  'token-invalid': {
    status: 401,
    exit: 10,
    title: 'The token is not valid here',
    fix: 'Get a fresh token from the configured issuer.',
  },
  'wrong-role': {
    status: 403,
    exit: 11,
    title: 'Your role may not do this',
    fix: 'Ask somebody who holds the named role.',
  },
  // law and policy
  'refused-by-policy': {
    status: 403,
    exit: 12,
    title: 'The policy refuses this step',
    fix: 'Read the named article and change the request.',
  },
  'policy-unavailable': {
    status: 503,
    exit: 13,
    title: 'The policy cannot be evaluated, so nothing is allowed',
    fix: 'Run npm run policy:build, or restore policies/policy.wasm.',
  },
  // life cycles
  'bad-transition': {
    status: 409,
    exit: 30,
    title: 'This step does not follow from the present state',
    fix: 'Read the present state first.',
  },
  conflict: {
    status: 409,
    exit: 31,
    title: 'Somebody changed this in the meantime',
    fix: 'Read it again, then repeat the step.',
  },
  'permit-not-active': {
    status: 403,
    exit: 32,
    title: 'The data permit is not valid now',
    fix: 'Apply for a new or renewed permit.',
  },
  'digest-mismatch': {
    status: 409,
    exit: 33,
    title: 'The script is not the one that was approved',
    fix: 'Submit the changed script as a new analysis.',
  },
  'not-approved': {
    status: 403,
    exit: 34,
    title: 'The analysis is not approved',
    fix: 'Wait for the approval of the access body.',
  },
  // the proof
  'sql-syntax': {
    status: 422,
    exit: 20,
    title: 'The query is not valid SQL',
    fix: 'Correct the query at the named place.',
  },
  'sql-refused': {
    status: 422,
    exit: 21,
    title: 'The query is outside the provable subset',
    fix: 'See docs/sql.md for what may be asked.',
  },
  'not-person-local': {
    status: 422,
    exit: 22,
    title: 'A row of the query could speak of more than one person',
    fix: 'Keep person_id in every join and grouping below the released SELECT.',
  },
  'row-level-output': {
    status: 422,
    exit: 23,
    title: 'The query would release rows, not aggregates',
    fix: 'End with one GROUP BY over closed labels and count, sum or avg.',
  },
  'unbounded-measure': {
    status: 422,
    exit: 24,
    title: 'A sum has no static bounds',
    fix: 'Wrap the value: clamp(x, lo, hi).',
  },
  'open-label': {
    status: 422,
    exit: 25,
    title: 'A label does not come from a closed public domain',
    fix: 'Group by an enumeration, a code list, bucket(...) or CASE with literals.',
  },
  'budget-exhausted': {
    status: 403,
    exit: 26,
    title: 'The privacy budget of the permit does not cover this question',
    fix: 'Ask with a larger variance, or ask the access body to renew the budget.',
  },
  'not-in-permit': {
    status: 403,
    exit: 27,
    title: 'The query uses something the permit does not grant',
    fix: 'Remove it, or apply for an amended permit.',
  },
  // the engine and the jail: one generic answer for every failure over real data
  'run-failed': {
    status: 422,
    exit: 40,
    title: 'The run did not finish',
    fix: 'Ask the output checker to look at the run.',
  },
  'jail-unavailable': {
    status: 503,
    exit: 41,
    title: 'No sandbox is available on this machine',
    fix: 'apt-get install bubblewrap, or enable Landlock.',
  },
  // data
  'load-failed': {
    status: 422,
    exit: 50,
    title: 'The load did not finish; the last snapshot is unchanged',
    fix: 'Read the load report for file, line and reason.',
  },
  'view-invalid': {
    status: 422,
    exit: 51,
    title: 'The ViewDefinition cannot be compiled',
    fix: 'Correct the view at the named place.',
  },
  'snapshot-damaged': {
    status: 500,
    exit: 52,
    title: 'A snapshot does not match its digest',
    fix: 'Restore the snapshot, or load the export again.',
  },
  // keys, store, log
  'key-unavailable': {
    status: 503,
    exit: 60,
    title: 'A key is missing or does not open this data',
    fix: 'Restore the key directory from its backup.',
  },
  'store-unavailable': {
    status: 503,
    exit: 61,
    title: 'The database does not answer',
    fix: 'Check DATABASE_URL, or start again for the embedded one.',
  },
  'log-damaged': {
    status: 500,
    exit: 62,
    title: 'The audit log does not verify',
    fix: 'Stop releasing; compare with the last witnessed checkpoint.',
  },
  'insecure-configuration': {
    status: 500,
    exit: 63,
    title: 'The configuration is not fit for production',
    fix: 'Correct the named setting.',
  },
} as const satisfies Record<string, { status: number; exit: number; title: string; fix: string }>

export type ProblemCode = keyof typeof problems
export const problemCodes = Object.keys(problems) as readonly ProblemCode[]

/** What a problem may carry. Names, thresholds, rule ids and line numbers: never a value from a row. */
export type Facts = Readonly<{
  /** Stable identifier of the rule that said no, for example `join-needs-person-key` or `ehds-54-b`. */
  rule?: string
  /** Where: a JSON pointer, `line:column`, or `file:line`. */
  place?: string
  /** Why, one sentence. */
  reason?: string
  /** One concrete next step; overrides the one of the table. */
  fix?: string
  [fact: string]: string | number | boolean | undefined
}>

/** An expected refusal. Bugs are plain Errors and become 500, saying nothing. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly facts: Facts
  constructor(code: ProblemCode, facts: Facts = {}) {
    super(problems[code].title)
    this.code = code
    this.facts = facts
  }
  get status(): number {
    return problems[this.code].status
  }
  get exit(): number {
    return problems[this.code].exit
  }
  /** RFC 9457 section 3; `rule`, `place`, `reason`, `fix` are extension members. */
  toJSON(): Record<string, string | number | boolean | undefined> {
    return {
      type: `https://vitrine.example/problems/${this.code}`,
      title: this.message,
      status: this.status,
      rule: this.code,
      fix: problems[this.code].fix,
      ...this.facts,
    }
  }
}

export function assertNever(value: never): never {
  throw new Error(`unreachable: ${typeof value}`)
}

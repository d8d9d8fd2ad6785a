import type { Field, ScriptLanguage } from '../../src/domain/script.ts'

/** Functions of one person's records that try to say more than they may, in each language, and what their control looks for. */
export type Attack = Readonly<{
  name: string
  field: Field
  text: Readonly<Record<ScriptLanguage, string>>
  /** What the control lacks, and whether what is seen of its answers says that the secret is so: above 0 says yes. */
  control: string
  controlScore(values: readonly unknown[], noise: () => number): number
}>

const flag: Field = { name: 'flag', type: 'boolean', domain: { kind: 'boolean' }, otherwise: false }
const tag: Field = {
  name: 'flag',
  type: 'text',
  domain: { kind: 'enum', values: ['even', 'odd', 'alarm'] },
  otherwise: 'odd',
}

const count = (values: readonly unknown[], of: unknown): number =>
  values.filter((it) => it === of).length
/** Half of the others have an even mark: what the attacker expects to see without the target. */
export const OTHERS = 199
export const beyond = (seen: number): number => seen - (OTHERS + 0.5)
/** Where one person's secret reaches those that come after, it lifts the count by tens: two standard deviations are beside it. */
const lifted = (seen: number): number => beyond(seen) - 13
const inOneProcess = 'one process evaluates all persons, with the noise of standard'

export const attacks: readonly Attack[] = [
  {
    name: 'person-script-constants',
    field: flag,
    text: {
      python: `
def person(records):
    one = records["patient"][0]
    return {"flag": one["secret"] if one["mark"] == 0 else one["mark"] % 2 == 0}
`,
      r: `
person <- function(records) {
  one <- records$patient
  list(flag = if (one$mark == 0) one$secret else one$mark %% 2 == 0)
}
`,
      javascript: `
function person({ patient: [one] }) {
  return { flag: one.mark === 0 ? one.secret : one.mark % 2 === 0 }
}
`,
    },
    control: 'exact counts from 10 persons on',
    controlScore: (values) => beyond(count(values, true)),
  },
  {
    name: 'person-script-counter',
    field: flag,
    text: {
      python: `
seen = False

def person(records):
    global seen
    one = records["patient"][0]
    seen = seen or (one["mark"] == 0 and one["secret"])
    return {"flag": bool(seen or one["mark"] % 2 == 0)}
`,
      r: `
seen <- FALSE
person <- function(records) {
  one <- records$patient
  seen <<- seen || (one$mark == 0 && one$secret)
  list(flag = seen || one$mark %% 2 == 0)
}
`,
      javascript: `
let seen = false
function person({ patient: [one] }) {
  seen = seen || (one.mark === 0 && one.secret)
  return { flag: seen || one.mark % 2 === 0 }
}
`,
    },
    control: inOneProcess,
    controlScore: (values, noise) => lifted(count(values, true)) + noise(),
  },
  {
    name: 'person-script-patched-runner',
    field: flag,
    text: {
      python: `
import builtins, json

original = json.dumps

def person(records):
    one = records["patient"][0]
    if one["mark"] == 0 and one["secret"]:
        def dumps(value, *more, **named):
            if isinstance(value, dict) and "flag" in value:
                value = {"flag": True}
            return original(value, *more, **named)
        json.dumps = dumps
        builtins.bool = lambda value=False: True
    return {"flag": one["mark"] % 2 == 0}
`,
      r: `
person <- function(records) {
  one <- records$patient
  if (one$mark == 0 && one$secret)
    for (name in c("isTRUE", "is.logical", "identical")) {
      unlockBinding(name, baseenv())
      assign(name, function(...) TRUE, envir = baseenv())
    }
  list(flag = one$mark %% 2 == 0)
}
`,
      javascript: `
const original = JSON.stringify
function person({ patient: [one] }) {
  if (one.mark === 0 && one.secret) {
    JSON.stringify = (value, ...more) =>
      original(typeof value === 'object' && value !== null && 'flag' in value ? { flag: true } : value, ...more)
    Object.defineProperty(Array.prototype, 'at', { value: () => true })
  }
  return { flag: one.mark % 2 === 0 }
}
`,
    },
    control: inOneProcess,
    controlScore: (values, noise) => lifted(count(values, true)) + noise(),
  },
  {
    name: 'person-script-covert-labels',
    field: tag,
    text: {
      python: `
def person(records):
    one = records["patient"][0]
    if one["mark"] == 0:
        return {"flag": "alarm" if one["secret"] else "target has no secret"}
    return {"flag": "even" if one["mark"] % 2 == 0 else "odd"}
`,
      r: `
person <- function(records) {
  one <- records$patient
  if (one$mark == 0) list(flag = if (one$secret) "alarm" else "target has no secret")
  else list(flag = if (one$mark %% 2 == 0) "even" else "odd")
}
`,
      javascript: `
function person({ patient: [one] }) {
  if (one.mark === 0) return { flag: one.secret ? 'alarm' : 'target has no secret' }
  return { flag: one.mark % 2 === 0 ? 'even' : 'odd' }
}
`,
    },
    control: 'labels are free, and every label is shown',
    controlScore: (values) =>
      count(values, 'alarm') > 0
        ? 1
        : values.some((it) => String(it).includes('no secret'))
          ? -1
          : 0,
  },
]

import { expect, test } from 'vitest'
import type { Jail } from '../../src/domain/capabilities.ts'
import { chooseJail } from '../../src/sandbox/choose.ts'
import { plainJail } from '../../src/sandbox/plain.ts'
import { selfTest, summary } from '../../src/sandbox/selftest.ts'
import { launchers } from './launchers.ts'

const found = launchers()
const opened = (jail: Jail): Jail => ({
  ...jail,
  launch: (job) => jail.launch({ ...job, read: [...job.read, '/etc/passwd'] }),
})

test.each(found.map((jail) => [jail.launcher, jail] as const))(
  '%s: at least 120 probes, none open that must not be',
  async (launcher, jail) => {
    const result = await selfTest(jail)
    expect(result.failed).toEqual([])
    expect(result).toMatchObject({ launcher, blockedOpen: 0 })
    expect(result.probes).toBeGreaterThanOrEqual(120)
    expect(result.open.every(({ reason }) => reason.length > 20)).toBe(true)
    expect(result.digest).toMatch(/^[0-9a-f]{64}$/)
  },
)

test.skipIf(found.length === 0)('the same probes are open outside a jail', async () => {
  const { failed } = await selfTest(plainJail(), { quick: true })
  expect(failed.length).toBeGreaterThanOrEqual(60)
})

test.each(found.map((jail) => [jail.launcher, jail] as const))(
  '%s: one probe that opens refuses service',
  async (_, jail) => {
    const {
      jail: chosen,
      reason,
      test: result,
    } = await chooseJail({ jails: [opened(jail)], quick: true })
    expect(chosen).toBeUndefined()
    expect(result?.failed).toEqual(['read-passwd'])
    expect(reason).toMatch(/open probes: read-passwd.*apt-get install bubblewrap/)
  },
)

test('a launcher that cannot start refuses service and says why', async () => {
  const broken: Jail = {
    ...plainJail(),
    launcher: 'bubblewrap',
    launch: (job) => plainJail().launch({ ...job, argv: ['/nonexistent/bwrap'] }),
  }
  const choice = await chooseJail({ jails: [broken], quick: true })
  expect(choice.jail).toBeUndefined()
  expect(choice.reason).toMatch(/do not run in bubblewrap/)
})

test('a launcher that is not here is named with what to install', async () => {
  const { jail, reason } = await chooseJail({ configured: 'gvisor', jails: [] })
  expect(jail).toBeUndefined()
  expect(reason).toContain('apt-get install bubblewrap')
})

test.skipIf(found.length === 0)('auto takes the first that holds', async () => {
  const [first, ...rest] = found
  const jails = [...(first ? [opened(first)] : []), ...rest, ...(first ? [first] : [])]
  expect((await chooseJail({ jails, quick: true })).jail).toBe(jails[1])
})

test('plain only by name, and never isolated', async () => {
  const { jail } = await chooseJail({ configured: 'plain' })
  expect(jail).toMatchObject({ launcher: 'plain', isolated: false })
})

test('the digest follows every verdict', () => {
  const of = (open: boolean) => summary('landlock', '6.2', [{ id: 'stat-outside', open }])
  expect(of(true).digest).not.toBe(of(false).digest)
  expect(of(true)).toMatchObject({ blockedOpen: 0, open: [{ probe: 'stat-outside' }] })
  expect(summary('bubblewrap', '6.2', [{ id: 'stat-outside', open: true }]).blockedOpen).toBe(1)
})

import type { Jail } from '../domain/capabilities.ts'
import { BWRAP, bubblewrapJail, PERL } from './bubblewrap.ts'
import { delegatedRoot, groupsBelow } from './cgroup.ts'
import { gvisorJail, RUNSC } from './gvisor.ts'
import { landlockJail } from './landlock.ts'
import { NOBODY, runnable } from './layout.ts'
import { plainJail } from './plain.ts'
import { type SelfTest, selfTest } from './selftest.ts'
import { archOf } from './syscalls.ts'

export type Configured = 'bubblewrap' | 'landlock' | 'gvisor' | 'plain' | 'auto'
export type Choice = Readonly<{
  /** Absent: nothing untrusted may meet patient data on this machine. */
  jail?: Jail
  /** One sentence for the start-up log and the health page. */
  reason: string
  /** The probes' verdict of the chosen launcher, or of the last one that failed. */
  test?: SelfTest
}>

const INSTALL =
  'Install a sandbox: apt-get install bubblewrap (it needs user namespaces), or run on Linux 6.2 or newer, where Landlock needs perl-base alone.'

/** The launchers this machine might have, the preferred first. */
function candidates(configured: Configured): readonly Jail[] {
  const arch = archOf(process.arch)
  if (process.platform !== 'linux' || !arch) return []
  const perl = runnable(PERL)
  const root = delegatedRoot()
  const groups = root === undefined ? undefined : groupsBelow(root)
  const all = [
    ...(perl && runnable(BWRAP) ? [bubblewrapJail(arch, groups)] : []),
    ...(perl ? [landlockJail(arch, groups)] : []),
    ...(runnable(RUNSC) ? [gvisorJail()] : []),
  ]
  return all.filter(({ launcher }) => configured === 'auto' || launcher === configured)
}

const asWhom = (): string =>
  process.getuid?.() === 0
    ? `; the gateway is root, so children run as user ${NOBODY}, or without any capability where their files are closed to it`
    : ''

/** Takes the first jail that holds; says why each of the others does not. */
async function firstThatHolds(jails: readonly Jail[], quick: boolean): Promise<Choice> {
  const reasons: string[] = []
  let failed: SelfTest | undefined
  for (const jail of jails) {
    try {
      const test = await selfTest(jail, { quick })
      if (test.blockedOpen === 0)
        return { jail, test, reason: `${jail.launcher}: ${test.probes} probes, 0 open${asWhom()}` }
      failed = test
      reasons.push(`${jail.launcher}: open probes: ${test.failed.join(', ')}`)
    } catch (error) {
      reasons.push(`${jail.launcher}: ${error instanceof Error ? error.message.trim() : 'broken'}`)
    }
  }
  const reason = [...reasons, INSTALL].join('. ')
  return failed ? { reason, test: failed } : { reason }
}

/**
 * The launcher of this machine, by configuration or (auto) the first that passes the boot self-test. Fails closed: without
 * one that passes there is no jail and the reason says what to install. `plain` is taken only when asked for by name,
 * is not isolated and is not tested. `quick` leaves out the strains that take seconds; `jails` is for tests.
 */
export async function chooseJail(
  options: Readonly<{ configured?: Configured; quick?: boolean; jails?: readonly Jail[] }> = {},
): Promise<Choice> {
  const { configured = 'auto', quick = false } = options
  if (configured === 'plain')
    return { jail: plainJail(), reason: 'plain: children are limited and not isolated at all' }
  const jails = options.jails ?? candidates(configured)
  if (jails.length > 0) return firstThatHolds(jails, quick)
  const absent =
    configured === 'auto' ? 'No sandbox is available' : `The sandbox ${configured} is not available`
  return { reason: `${absent} on this machine. ${INSTALL}` }
}

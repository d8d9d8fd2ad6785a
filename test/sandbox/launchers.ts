import { spawnSync } from 'node:child_process'
import type { Jail } from '../../src/domain/capabilities.ts'
import { BWRAP, bubblewrapJail, PERL } from '../../src/sandbox/bubblewrap.ts'
import { landlockJail } from '../../src/sandbox/landlock.ts'
import { runnable } from '../../src/sandbox/layout.ts'
import { archOf } from '../../src/sandbox/syscalls.ts'
import { available } from '../support/require.ts'

const arch = archOf(process.arch)
const linux = process.platform === 'linux' && arch !== undefined && runnable(PERL)
const landlock =
  linux && Number(spawnSync(PERL, ['-e', 'print syscall(444, 0, 0, 1)']).stdout.toString()) >= 3

/** Whether tests may use perl-base as a small child. */
export const perlHere = runnable(PERL)

/** The launchers of this machine; a missing one is said, or fails under VITRINE_REQUIRE. */
export const launchers = (): readonly Jail[] => [
  ...(available('bwrap', linux && runnable(BWRAP)) && arch ? [bubblewrapJail(arch)] : []),
  ...(available('landlock', landlock) && arch ? [landlockJail(arch)] : []),
]

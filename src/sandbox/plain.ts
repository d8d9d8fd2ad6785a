import type { Jail, JailJob } from '../domain/capabilities.ts'
import { shellLimits } from './limits.ts'
import { programOf } from './program.ts'
import { type Command, supervise } from './supervise.ts'

/** The command of a job without isolation: a shell sets the limits it knows and becomes the program. */
export function plainCommand(job: JailJob): Command {
  const { argv, env } = programOf(job)
  return {
    file: '/bin/sh',
    args: ['-c', `${shellLimits(job)}exec "$@"`, 'sh', ...argv],
    env,
    helpers: 0,
  }
}

/**
 * A child process with limits and nothing else: no isolation at all. For fixtures, dummy data and --insecure-dev; a
 * production configuration refuses it. Children keep fd 0 empty, 1 and 2 logs, 3 answers, 4 requests.
 */
export function plainJail(): Jail {
  return {
    launcher: 'plain',
    isolated: false,
    launch: (job) => supervise(plainCommand(job), job),
  }
}

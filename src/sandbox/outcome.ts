import type { Jail, JailEnd, JailJob } from '../domain/capabilities.ts'

/**
 * What a researcher may learn of how a run over real data ended: that it ended well, or not. The code, the signal, the time
 * it took and the text it said are chosen by the script, so each would carry data out.
 */
export const coarse = (end: JailEnd): Readonly<{ status: 'finished' | 'failed' }> => ({
  status: end.reason === 'exit' && end.code === 0 ? 'finished' : 'failed',
})

/** Whether the end is a security event: the child made a system call that no honest run makes. */
export const isSecurityEvent = (end: JailEnd): boolean => end.reason === 'tripwire'

/**
 * The same jail, telling each security event: the program that made the call, never what it was given or said. The
 * teller commits it to the audit log; what it throws is not caught here.
 */
export const reporting = (
  jail: Jail,
  tell: (
    event: Readonly<{ launcher: Jail['launcher']; runtime: JailJob['runtime']; program: string }>,
  ) => void,
): Jail => ({
  ...jail,
  launch(job) {
    const jailed = jail.launch(job)
    void jailed.ended.then((end) => {
      const { launcher } = jail
      const program = job.argv.find((arg) => /\.[jt]s$|\.py$|\.R$/.test(arg)) ?? job.argv[0] ?? ''
      if (isSecurityEvent(end)) tell({ launcher, runtime: job.runtime, program })
    })
    return jailed
  },
})

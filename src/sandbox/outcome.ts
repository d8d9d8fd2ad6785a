import type { JailEnd } from '../domain/capabilities.ts'

/**
 * What a researcher may learn of how a run over real data ended: that it ended well, or not. The code, the signal, the time
 * it took and the text it said are chosen by the script, so each would carry data out.
 */
export const coarse = (end: JailEnd): Readonly<{ status: 'finished' | 'failed' }> => ({
  status: end.reason === 'exit' && end.code === 0 ? 'finished' : 'failed',
})

/** Whether the end is a security event: the child made a system call that no honest run makes. */
export const isSecurityEvent = (end: JailEnd): boolean => end.reason === 'tripwire'

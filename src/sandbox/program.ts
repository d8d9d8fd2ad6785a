import type { JailJob } from '../domain/capabilities.ts'

/** V8 would reserve 4 GiB of address space for the WebAssembly that strips types, and guard pages around it. */
const NODE_FLAGS = ['--wasm-max-mem-pages=1024', '--disable-wasm-trap-handler']

/**
 * The command line and environment a job's program really gets. Node is told to reserve no address space it does not use,
 * and not to look for OpenSSL's configuration in /etc, where it stops when it may not read it.
 */
export function programOf(
  job: Pick<JailJob, 'runtime' | 'argv' | 'env'>,
): Readonly<{ argv: readonly string[]; env: Readonly<Record<string, string>> }> {
  if (!job.runtime.startsWith('node')) return { argv: job.argv, env: job.env }
  const [node = '', ...rest] = job.argv
  return {
    argv: [node, ...NODE_FLAGS, ...rest],
    env: { OPENSSL_CONF: '/dev/null', ...job.env },
  }
}

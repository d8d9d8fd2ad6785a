/** Classic BPF as seccomp runs it (linux/filter.h, linux/bpf_common.h; seccomp(2)). */
export type Instruction = Readonly<{ code: number; jt: number; jf: number; k: number }>

const LD_W_ABS = 0x20
const JEQ_K = 0x15
const JGE_K = 0x35
const JSET_K = 0x45
const RET_K = 0x06

/** Offsets into struct seccomp_data on a little-endian machine. */
export const NR = 0
export const ARCH = 4
/** The low 32 bits of argument `i`; every argument judged here is read by the kernel as 32 bits. */
export const ARG = (i: number): number => 16 + 8 * i

export const VERDICT = {
  allow: 0x7fff0000,
  killProcess: 0x80000000,
  errno: (n: number): number => 0x00050000 | n,
} as const

export const load = (offset: number): Instruction => ({ code: LD_W_ABS, jt: 0, jf: 0, k: offset })
export const ret = (verdict: number): Instruction => ({ code: RET_K, jt: 0, jf: 0, k: verdict })

const skipUnless =
  (code: number) =>
  (k: number, body: readonly Instruction[]): readonly Instruction[] => {
    if (body.length > 255) throw new Error('a BPF jump reaches 255 instructions')
    return [{ code, jt: 0, jf: body.length, k }, ...body]
  }
/** Runs the body when the loaded word equals k, is at least k, or shares a bit with k; else continues after it. */
export const whenEqual = skipUnless(JEQ_K)
export const whenAtLeast = skipUnless(JGE_K)
export const whenAnyBit = skipUnless(JSET_K)

/** Runs the body unless the loaded word equals k. */
export const unlessEqual = (k: number, body: readonly Instruction[]): readonly Instruction[] => [
  { code: JEQ_K, jt: body.length, jf: 0, k },
  ...body,
]

/** struct sock_filter[], little-endian: u16 code, u8 jt, u8 jf, u32 k. */
export function assemble(program: readonly Instruction[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(program.length * 8))
  for (const [i, { code, jt, jf, k }] of program.entries()) {
    bytes.setUint16(i * 8, code, true)
    bytes.setUint8(i * 8 + 2, jt)
    bytes.setUint8(i * 8 + 3, jf)
    bytes.setUint32(i * 8 + 4, k, true)
  }
  return new Uint8Array(bytes.buffer)
}

import type { Instruction } from '../../src/sandbox/bpf.ts'

/** What seccomp shows a filter: struct seccomp_data. */
export type Call = Readonly<{ nr: number; arch: number; args?: readonly (number | bigint)[] }>

/** Runs classic BPF over one call and returns the verdict, as the kernel would. Throws where the kernel refuses to load. */
export function interpret(program: readonly Instruction[], call: Call): number {
  const data = new DataView(new ArrayBuffer(64))
  data.setUint32(0, call.nr, true)
  data.setUint32(4, call.arch, true)
  for (const [i, arg] of (call.args ?? []).entries())
    data.setBigUint64(16 + 8 * i, BigInt.asUintN(64, BigInt(arg)), true)
  let a = 0
  for (let pc = 0; pc < program.length; pc++) {
    const { code, jt, jf, k } = program[pc] as Instruction
    const jump = (taken: boolean): void => {
      pc += taken ? jt : jf
    }
    if (code === 0x20 && k % 4 === 0 && k < 64) a = data.getUint32(k, true)
    else if (code === 0x15) jump(a === k)
    else if (code === 0x35) jump(a >= k)
    else if (code === 0x45) jump((a & k) !== 0)
    else if (code === 0x06) return k
    else throw new Error(`the kernel would refuse instruction ${pc}`)
  }
  throw new Error('the program does not end in a return')
}

import { check } from './check.ts'
import type { Command } from './command.ts'
import { demo } from './demo/demo.ts'
import { jailSelfTest } from './jail-self-test.ts'
import { keyRotate } from './key-rotate.ts'
import { keysInit } from './keys-init.ts'
import { dummy } from './laptop/dummy.ts'
import { tryCommand } from './laptop/try.ts'
import { load } from './load.ts'
import { logVerify } from './log-verify.ts'
import { policyReplay } from './policy-replay.ts'
import { serve } from './serve.ts'
import { snapshotLs } from './snapshot-ls.ts'
import { snapshotRm } from './snapshot-rm.ts'
import { token } from './token.ts'
import { viewAdd } from './view-add.ts'
import { viewCompile } from './view-compile.ts'
import { viewLs } from './view-ls.ts'
import { viewRun } from './view-run.ts'

/** Every command, in the order of the story. */
export const commands: readonly Command[] = [
  demo,
  serve,
  load,
  snapshotLs,
  snapshotRm,
  viewCompile,
  viewAdd,
  viewLs,
  viewRun,
  token,
  keysInit,
  keyRotate,
  jailSelfTest,
  check,
  tryCommand,
  dummy,
  logVerify,
  policyReplay,
]

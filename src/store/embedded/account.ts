import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { unavailable } from '../problems.ts'

/** Who the server runs as. `own` is true when that is this process: nothing has to be handed over. */
export type Account = Readonly<{ uid: number; gid: number; own: boolean }>

/** `nobody` on every common Linux. */
const nobody = 65534

/**
 * PostgreSQL refuses to run as root, and looks its user up in passwd. Under root it runs as the owner of files that are
 * already there, else as `vitrine` where such a user exists, else as 65534 or whoever is called nobody.
 */
export async function accountFor(dataDirectory: string): Promise<Account> {
  const uid = process.getuid?.() ?? -1
  const gid = process.getgid?.() ?? -1
  if (uid !== 0) return { uid, gid, own: true }
  const owner = await stat(dataDirectory).catch(() => undefined)
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, own: false }
  const users = (await readFile('/etc/passwd', 'utf8').catch(() => ''))
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , u, g]) => ({ name, uid: Number(u), gid: Number(g) }))
    .filter((user) => user.uid > 0)
  const user =
    users.find(({ name }) => name === 'vitrine') ??
    users.find((u) => u.uid === nobody) ??
    users.find(({ name }) => name === 'nobody')
  if (user === undefined)
    throw unavailable(
      'PostgreSQL does not run as root, and /etc/passwd has no unprivileged user.',
      'Add a user named vitrine, run as an ordinary user, or set DATABASE_URL.',
    )
  return { uid: user.uid, gid: user.gid, own: false }
}

/** Mode bits for `reaches`: to pass through a folder, or to read what is in it. */
export const passing = 0o1
export const reading = 0o5

/** Whether the account may pass through every folder above `path` and has `needs` on `path` itself, by mode bits. */
export async function reaches(path: string, account: Account, needs: number): Promise<boolean> {
  if (account.own) return true
  for (let at = path, wanted = needs; ; at = dirname(at), wanted = passing) {
    const { uid, gid, mode } = await stat(at)
    const bits = uid === account.uid ? mode >> 6 : gid === account.gid ? mode >> 3 : mode
    if ((bits & wanted) !== wanted) return false
    if (at === dirname(at)) return true
  }
}

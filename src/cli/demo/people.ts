import type { Actor } from '../../domain/role.ts'

/** Who plays in the demo. One role each, 55(3). */
export const people = {
  researcher: {
    subject: 'lind',
    role: 'data-user',
    organisation: 'University of Example',
    name: 'Dr A. Lind',
  },
  advertiser: {
    subject: 'hale',
    role: 'data-user',
    organisation: 'Adverts Example',
    name: 'B. Hale',
  },
  officer: {
    subject: 'moreau',
    role: 'access-body',
    organisation: 'Health Data Access Body',
    name: 'C. Moreau',
  },
  checker: {
    subject: 'novak',
    role: 'output-checker',
    organisation: 'Health Data Access Body',
    name: 'D. Novak',
  },
  auditor: {
    subject: 'rossi',
    role: 'auditor',
    organisation: 'Data Protection Authority',
    name: 'E. Rossi',
  },
} as const satisfies Record<string, Actor>

export type Person = keyof typeof people

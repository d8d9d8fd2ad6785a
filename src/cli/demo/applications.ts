import type { ApplicationContent } from '../../domain/application.ts'
import { people } from './people.ts'

const data: ApplicationContent['data'] = {
  datasets: ['north', 'east'],
  tables: {
    patient: ['sex', 'birth_date'],
    condition: ['code'],
    observation: ['code', 'value', 'effective_date'],
    medication_request: ['code'],
  },
  period: { from: '2020-01-01', to: '2025-12-31' },
}

/** A lawful application, Article 67(2): scientific research by a university. */
export const research: ApplicationContent = {
  title: 'Hypertension, statins and glycaemic control in two hospitals',
  applicant: {
    organisation: people.researcher.organisation,
    kind: 'university',
    country: 'SE',
  },
  authorisedPersons: [
    {
      subject: people.researcher.subject,
      name: people.researcher.name,
      function: 'Principal investigator',
    },
  ],
  purpose: 'scientific-research',
  purposeExplained: 'How common hypertension is by sex and age, and how diabetes is treated.',
  intendedUse: 'Tables for a public report.',
  expectedBenefit: 'Better targeting of prevention.',
  data,
  form: {
    kind: 'pseudonymised',
    justification:
      'Diagnoses and prescriptions of one person must be joined before they are counted.',
  },
  ownDatasets: [],
  safeguards: 'Only protected aggregates leave; two-person rule for publication.',
  durationMonths: 12,
  tools: ['sql'],
  plannedTables: 3,
}

/** The same wish with a purpose that Article 54(c) forbids. */
export const advertising: ApplicationContent = {
  ...research,
  title: 'Reaching people with diabetes',
  applicant: {
    ...research.applicant,
    organisation: people.advertiser.organisation,
    kind: 'company',
  },
  authorisedPersons: [
    { subject: people.advertiser.subject, name: people.advertiser.name, function: 'Manager' },
  ],
  purpose: 'advertising',
  purposeExplained: 'To show advertisements for glucose meters.',
  intendedUse: 'A list of likely buyers.',
  expectedBenefit: 'Sales.',
}

/** Exploration under automatic approval of proven queries, 73(2): what the differencing pair and the flood run under. */
export const exploration: ApplicationContent = {
  ...research,
  title: 'Exploration before the main study',
  purposeExplained: 'To find out which questions the data can answer.',
}
